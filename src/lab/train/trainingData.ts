import { LabError } from '../../base/errors';
import { datasets } from '../../data/catalogue';
import type { ImageData } from '../../data/datasets';
import type { Model } from '../../models/model';
import { imagePreprocessor } from '../../models/preprocess';
import { loadTokenizer } from '../../models/tokenizer';
import { shuffledImages, tokenWindows, type BatchSource } from '../../train/sampler';
import type { Lab } from '../lab';
import { augmented } from './augment';
import type { TrainPlan } from './trainPlan';

/** What opening training data needs to know. */
export interface TrainingDataInput {
  lab: Lab;
  plan: TrainPlan;
  model: Model;
  /** Checksum of what is measured on. */
  evaluationSha256: string;
  signal?: AbortSignal;
}

/**
 * Opens a plan's training set for its model.
 * @throws LabError bad-plan when it is measured on, here or by anybody; bad-input, bad-file; Cancelled
 */
export function openTrainingData(input: TrainingDataInput): Promise<BatchSource> {
  return input.model.shape.image ? openImages(input) : openText(input);
}

async function openText({
  lab,
  plan,
  model,
  evaluationSha256,
  signal,
}: TrainingDataInput): Promise<BatchSource> {
  const { id: name, text, sha256 } = await lab.openText(plan.data, signal);
  refuseEvaluation(plan.data, sha256, evaluationSha256);
  const tokenizer = await loadTokenizer(model.assets);
  const tokens = await tokenizer.encode(text, { signal, cache: lab.tokenCache });
  return tokenWindows({ name, sha256, seed: plan.measure.seed, tokens });
}

async function openImages(input: TrainingDataInput): Promise<BatchSource> {
  const { lab, plan, model, evaluationSha256, signal } = input;
  const images = await lab.openImages(plan.data, signal);
  refuseEvaluation(plan.data, images.sha256, evaluationSha256);
  const { seed } = plan.measure;
  const source = shuffledImages({ name: images.id, sha256: images.sha256, seed, ...imageSet(images, model) });
  return plan.augment ? augmented(source, images, seed) : source;
}

function imageSet(images: ImageData, model: Model) {
  const { image, vocabulary } = model.shape;
  if (image!.size !== images.size || image!.channels !== images.channels)
    throw misfit(
      `${images.id} has images of ${images.channels} × ${images.size} × ${images.size}, ` +
        `but the model wants ${image!.channels} × ${image!.size} × ${image!.size}.`,
    );
  const over = images.labels.findIndex((label) => label >= vocabulary);
  if (over >= 0)
    throw misfit(
      `Image ${over} of ${images.id} is of class ${images.labels[over]}; the model has ${vocabulary} classes.`,
    );
  const preprocess = imagePreprocessor(model.assets);
  const size = images.channels * images.size ** 2;
  return {
    count: images.count,
    pixels: (index: number) => preprocess(images.pixels.subarray(index * size, (index + 1) * size), images),
    label: (index: number) => images.labels[index],
  };
}

/**
 * Nobody trains on what is measured on, nor on any other evaluation set: known by checksum, whatever its name, and by name where a
 * set is derived from a file.
 */
export function refuseEvaluation(data: string, sha256: string, evaluationSha256: string): void {
  const reserved = datasets.find(
    (set) => set.use === 'evaluation' && (set.sha256 === sha256 || set.id === data),
  );
  if (sha256 !== evaluationSha256 && !reserved) return;
  throw new LabError(
    'bad-plan',
    reserved
      ? `${data} is ${reserved.label}: it is kept for measuring.`
      : `${data} is the data this plan measures on: a model trained on it would know the answers.`,
    `Train on other data, e.g. ${datasets.flatMap((set) => (set.use === 'training' ? [set.id] : [])).join(', ')}.`,
  );
}

function misfit(message: string): LabError {
  return new LabError('bad-plan', message, 'Choose training data of the kind the model was made for.');
}
