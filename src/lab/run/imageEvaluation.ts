import { ImageEvaluator, type ImageResult } from '../../evaluate/images';
import { LabError } from '../../base/errors';
import type { ImageData } from '../../data/datasets';
import type { Model } from '../../models/model';
import { imagePreprocessor } from '../../models/image/preprocess';
import type { Evaluation, EvaluationInput, PlanEvaluation } from './evaluation';

/** Loads the plan's images and prepares them as the model's preprocessor says. */
export async function imageEvaluation({
  lab,
  plan,
  model,
  baseline,
  signal,
}: EvaluationInput): Promise<PlanEvaluation> {
  const data = await lab.openImages(plan.data, signal);
  refuseOtherClasses(data, model);
  const preprocess = imagePreprocessor(model.assets, model.shape.image!);
  if (plan.images > data.count)
    throw new LabError(
      'bad-plan',
      `The plan asks for ${plan.images} images; ${data.id} has ${data.count}.`,
      `Ask for at most ${data.count}.`,
    );
  const pixelsPerImage = data.channels * data.size ** 2;
  const evaluator = new ImageEvaluator({
    gpu: lab.gpu,
    shape: model.shape,
    baseline,
    labels: data.labels.subarray(0, plan.images),
    pixels: (first, count) =>
      preprocess(data.pixels.subarray(first * pixelsPerImage, (first + count) * pixelsPerImage), data),
    metrics: plan.metrics,
  });
  const toEvaluation = ({ quality, samples, imagesPerSecond }: ImageResult): Evaluation => ({
    quality: { ...quality, dataset: data.id, datasetSha256: data.sha256 },
    samples,
    clusters: plan.images,
    speed: { imagesPerSecond },
  });
  return {
    units: { sequences: plan.images, length: model.shape.image!.tokens },
    dataSha256: data.sha256,
    measureBaseline: async (control) => toEvaluation(await evaluator.measureBaseline(control)),
    measure: async (weights, control) => toEvaluation(await evaluator.measure(weights, control)),
    probe: (control) => evaluator.probe(control),
    dispose: () => evaluator.dispose(),
  };
}

/** Answers among other classes than the labels' would all be counted as wrong, without a word. */
function refuseOtherClasses({ id, classes }: ImageData, { shape }: Model): void {
  if (shape.vocabulary === classes) return;
  throw new LabError(
    'bad-plan',
    `The model tells ${shape.vocabulary} classes apart; ${id} has ${classes}.`,
    'Choose a model that was trained on this data set, or data with its classes.',
  );
}
