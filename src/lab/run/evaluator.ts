import { LabError } from '../../base/errors';
import type { ImageData } from '../../data/datasets';
import type { Evaluator, MeasuredWeights } from '../../evaluate/evaluator';
import { imageEvaluator, type ImageEvaluation } from '../../evaluate/images';
import { textEvaluator, type TextEvaluation } from '../../evaluate/text';
import { imagePreprocessor } from '../../models/image/preprocess';
import type { Model } from '../../models/model';
import { loadTokenizer, type Tokenizer } from '../../models/tokenizer/tokenizer';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import type { Quality } from '../results/record';

/** One evaluation under a plan. */
export type PlanEvaluation = TextEvaluation | ImageEvaluation;

/** The measured data as a record names it. */
export type MeasuredData = Pick<Quality, 'dataset' | 'datasetSha256' | 'tokenizerSha256'>;

export interface OpenEvaluator {
  evaluator: Evaluator<PlanEvaluation>;
  data: MeasuredData;
}

export interface EvaluatorRequest {
  lab: Lab;
  plan: Plan;
  model: Model;
  /** The float32 model, which every measurement is compared with. */
  baseline: MeasuredWeights;
  signal?: AbortSignal;
}

/**
 * Opens the plan's data and lays it out for the model.
 * @throws LabError bad-plan for data that does not suit the model or the plan; what opening the data throws; Cancelled
 */
export function openEvaluator(request: EvaluatorRequest): Promise<OpenEvaluator> {
  const isText = request.model.shape.task === 'language-model';
  return isText ? openTextEvaluator(request) : openImageEvaluator(request);
}

/** Tokenizes the plan's text, or takes its tokens from the cache by checksum. */
async function openTextEvaluator(request: EvaluatorRequest): Promise<OpenEvaluator> {
  const { lab, plan, model, baseline, signal } = request;
  checkContext(plan, model);
  const text = await lab.openText(plan.data, signal);
  const tokenizer = await loadTokenizer(model.assets);
  const { ids, bytes: tokenBytes } = await tokenizer.encodeMeasured(text.text, {
    signal,
    cache: lab.tokenCache,
  });
  const { protocol, metrics, memory: memoryBytes = lab.memoryBytes } = plan;
  const { gpu, cpu } = lab;
  const begin = await beginToken(tokenizer, ids);
  const shape = model.shape;
  const input = { gpu, cpu, shape, baseline, ids, tokenBytes, protocol, metrics, memoryBytes, begin };
  return {
    evaluator: textEvaluator(input),
    data: { dataset: text.id, datasetSha256: text.sha256, tokenizerSha256: tokenizer.sha256 },
  };
}

/** Returns the token that the tokenizer puts before every text, if it does. */
async function beginToken(tokenizer: Tokenizer, ids: Uint32Array): Promise<number | undefined> {
  const [first] = await tokenizer.encode('');
  return first === ids[0] ? first : undefined;
}

/** Prepares the plan's images as the model's preprocessor says. */
async function openImageEvaluator(request: EvaluatorRequest): Promise<OpenEvaluator> {
  const { lab, plan, model, baseline, signal } = request;
  const { images, pixels } = await openPlanImages(lab, plan, model, signal);
  const labels = images.labels.subarray(0, plan.images);
  const { metrics, memory: memoryBytes = lab.memoryBytes } = plan;
  const { gpu, cpu } = lab;
  return {
    evaluator: imageEvaluator({
      gpu,
      cpu,
      shape: model.shape,
      baseline,
      labels,
      pixels,
      metrics,
      memoryBytes,
    }),
    data: { dataset: images.id, datasetSha256: images.sha256 },
  };
}

/** The images of a plan. */
interface PlanImages {
  images: ImageData;
  /** Returns images [first, first + count), preprocessed as the model's preprocessor says. */
  pixels: (first: number, count: number) => Float32Array;
}

/**
 * Opens the images of a plan.
 * @throws LabError bad-plan for too few images, or those of other classes than the model's; what opening the data throws
 */
export async function openPlanImages(
  lab: Lab,
  plan: Pick<Plan, 'data' | 'images'>,
  model: Model,
  signal?: AbortSignal,
): Promise<PlanImages> {
  const images = await lab.openImages(plan.data, signal);
  refuseOtherClasses(images, model);
  const preprocess = imagePreprocessor(model.assets, model.shape.image!);
  checkCount(plan, images);
  const pixelsPerImage = images.channels * images.size ** 2;
  const pixels = (first: number, count: number) =>
    preprocess(images.pixels.subarray(first * pixelsPerImage, (first + count) * pixelsPerImage), images);
  return { images, pixels };
}

/** Refuses a context that is too long before a text is tokenized for nothing. */
function checkContext({ protocol }: Plan, { id, shape }: Model): void {
  if (protocol.context <= shape.maxContext) return;
  throw new LabError(
    'bad-plan',
    `The plan has a context of ${protocol.context} tokens; ${id} was made for ${shape.maxContext}.`,
    `Use a context of at most ${shape.maxContext}.`,
  );
}

function checkCount({ images }: Pick<Plan, 'images'>, { id, count }: ImageData): void {
  if (images <= count) return;
  throw new LabError(
    'bad-plan',
    `The plan asks for ${images} images; ${id} has ${count}.`,
    `Ask for at most ${count}.`,
  );
}

/** Refuses images with another number of classes than the model, since every answer would count as wrong. */
function refuseOtherClasses({ id, classes }: ImageData, { shape }: Model): void {
  if (shape.vocabulary === classes) return;
  throw new LabError(
    'bad-plan',
    `The model has ${shape.vocabulary} classes; ${id} has ${classes}.`,
    'Choose a model that was trained on this data set, or data with its classes.',
  );
}
