import { LabError } from '../../base/errors';
import type { ImageData } from '../../data/datasets';
import type { Model } from '../../models/model';
import { imagePreprocessor } from '../../models/image/preprocess';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { shuffledImages, tokenWindows, type BatchSource } from '../../train/sampler';
import { augmented } from './augment';
import { refuseHeldOutImages, refuseHeldOutText, type HeldOutInput } from '../calibration/heldOut';
import type { Lab } from '../lab';
import type { TrainPlan } from './plan';

/** What opening training data needs. */
export interface TrainingDataInput {
  lab: Lab;
  plan: TrainPlan;
  model: Model;
  /** SHA-256 of the data that is measured on. */
  evaluationSha256: string;
  signal?: AbortSignal;
}

/**
 * Opens a plan's training set for its model.
 * @throws LabError bad-plan when it contains data of this plan's evaluation or of an evaluation set; bad-input,
 * bad-file; Cancelled
 */
export function openTrainingData(input: TrainingDataInput): Promise<BatchSource> {
  return input.model.shape.image ? openImages(input) : openText(input);
}

async function openText(input: TrainingDataInput): Promise<BatchSource> {
  const { lab, plan, model, signal } = input;
  const opened = await lab.openText(plan.data, signal);
  await refuseHeldOutText(opened, heldOutInput(input));
  const { id: name, text, sha256 } = opened;
  const tokenizer = await loadTokenizer(model.assets);
  const tokens = await tokenizer.encode(text, { signal, cache: lab.tokenCache });
  return tokenWindows({ name, sha256, seed: plan.measure.seed, tokens });
}

async function openImages(input: TrainingDataInput): Promise<BatchSource> {
  const { lab, plan, model, signal } = input;
  const images = await lab.openImages(plan.data, signal);
  await refuseHeldOutImages(images, heldOutInput(input));
  const { seed } = plan.measure;
  const source = shuffledImages({ name: images.id, sha256: images.sha256, seed, ...imageSet(images, model) });
  return plan.augment ? augmented(source, images, model.shape.image!, seed) : source;
}

function heldOutInput({ lab, plan, evaluationSha256, signal }: TrainingDataInput): HeldOutInput {
  const measured = { id: plan.measure.data, sha256: evaluationSha256 };
  return { lab, data: plan.data, use: 'training', measured, signal };
}

function imageSet(images: ImageData, model: Model) {
  const { image, vocabulary } = model.shape;
  if (image!.channels !== images.channels)
    throw misfit(
      `${images.id} has images of ${images.channels} × ${images.size} × ${images.size}, ` +
        `but the model takes ${image!.channels} × ${image!.size} × ${image!.size}.`,
    );
  const over = images.labels.findIndex((label) => label >= vocabulary);
  if (over >= 0)
    throw misfit(
      `Image ${over} of ${images.id} is of class ${images.labels[over]}; the model has ${vocabulary} classes.`,
    );
  const preprocess = imagePreprocessor(model.assets, image!);
  const size = images.channels * images.size ** 2;
  const pixels = (index: number) =>
    preprocess(images.pixels.subarray(index * size, (index + 1) * size), images);
  // Images that the model's preprocessor does not bring to its size are refused before anything is trained.
  pixels(0);
  return {
    count: images.count,
    pixels,
    label: (index: number) => images.labels[index],
  };
}

function misfit(message: string): LabError {
  return new LabError('bad-plan', message, 'Choose training data of the kind the model was made for.');
}
