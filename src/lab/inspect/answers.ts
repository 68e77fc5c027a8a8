import { LabError, throwIfAborted } from '../../base/errors';
import type { Model } from '../../models/model';
import { softmax } from '../../runtime/reference/math';
import { requestedArtefact, type DecoderRequest } from '../generate/decoder';
import type { Lab } from '../lab';
import { openClassifier } from '../run/classifier';
import { openPlanImages } from '../run/evaluator';

/** Two codecs whose answers to the first images of a data set are compared. */
export interface AnswersRequest extends Omit<DecoderRequest, 'codec' | 'without'> {
  model: string;
  data: string;
  images: number;
  codecs: readonly [left: string, right: string];
}

/** An answer of a classifier with its probability. */
export interface RankedClass {
  /** Its index among the classes. */
  index: number;
  name: string;
  probability: number;
}

/** An image to which two codecs give different answers. */
export interface ChangedAnswer {
  /** Index in the data set. */
  image: number;
  /** Index of the right class, and its name. */
  label: number;
  labelName: string;
  /** [channels, size, size], 0 … 255. */
  pixels: Uint8Array;
  /** The three likeliest classes of both codecs, the likeliest first. */
  top: readonly [left: RankedClass[], right: RankedClass[]];
}

/** What two codecs answer. */
export interface ComparedAnswers {
  images: number;
  size: number;
  channels: number;
  /** Right answers of both. */
  correct: readonly [left: number, right: number];
  changed: ChangedAnswer[];
}

type OnFraction = (progress: { fraction: number; step: string }) => void;

/**
 * Classifies images with two codecs, restored from their bytes, and returns those that they answer differently.
 * @throws LabError bad-input for a model that does not classify images; as `openPlanImages`; what compressing throws; Cancelled
 */
export async function compareAnswers(
  lab: Lab,
  request: AnswersRequest,
  onProgress: OnFraction,
  signal?: AbortSignal,
): Promise<ComparedAnswers> {
  const model = await lab.openModel(request.model, signal);
  if (!model.shape.image)
    throw new LabError('bad-input', `${model.id} does not classify images.`, 'Choose an image classifier.');
  const { images: set, pixels } = await openPlanImages(lab, request, model, signal);
  const classify = (side: 0 | 1): Promise<Float32Array[]> => {
    const report: OnFraction = ({ fraction, step }) => onProgress({ fraction: (side + fraction) / 2, step });
    return classified(lab, model, { ...request, codec: request.codecs[side] }, pixels, report, signal);
  };
  const logits = [await classify(0), await classify(1)] as const;
  const names = classNames(model, set.classes);
  const pixelsPerImage = set.channels * set.size ** 2;
  const answers = Array.from({ length: request.images }, (_, image): ChangedAnswer => ({
    ...{ image, label: set.labels[image], labelName: names[set.labels[image]] },
    pixels: set.pixels.slice(image * pixelsPerImage, (image + 1) * pixelsPerImage),
    top: [topClasses(logits[0][image], names), topClasses(logits[1][image], names)],
  }));
  const correct = (side: 0 | 1) => answers.filter(({ top, label }) => top[side][0].index === label).length;
  return {
    ...{ images: request.images, size: set.size, channels: set.channels },
    correct: [correct(0), correct(1)],
    changed: answers.filter(({ top: [left, right] }) => left[0].index !== right[0].index),
  };
}

/** Returns the logits of each image. */
async function classified(
  lab: Lab,
  model: Model,
  request: DecoderRequest & Pick<AnswersRequest, 'images'>,
  pixels: (first: number, count: number) => Float32Array,
  onProgress: OnFraction,
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const { images, codec } = request;
  onProgress({ fraction: 0, step: `${codec}: compressing` });
  const made = await requestedArtefact(lab, model, request, signal);
  const classifier = await openClassifier(lab, model, made?.artefact, signal);
  try {
    const found: Float32Array[] = [];
    for (let i = 0; i < images; i++) {
      throwIfAborted(signal);
      onProgress({ fraction: i / images, step: `${codec}: image ${i + 1} of ${images}` });
      found.push(await classifier.classify(pixels(i, 1), signal));
    }
    return found;
  } finally {
    classifier.dispose();
  }
}

/** Returns the three likeliest classes, the likeliest first. */
export function topClasses(logits: Float32Array, names: readonly string[]): RankedClass[] {
  const probabilities = softmax(Array.from(logits));
  const ranked = probabilities.map((probability, index) => ({ index, name: names[index], probability }));
  return ranked.sort((a, b) => b.probability - a.probability).slice(0, 3);
}

/** Returns the names of the classes in config.json, or their numbers. */
function classNames({ config }: Pick<Model, 'config'>, classes: number): string[] {
  const labels = (config.id2label ?? {}) as Readonly<Record<string, unknown>>;
  return Array.from({ length: classes }, (_, i) => {
    const name = labels[i];
    return typeof name === 'string' ? name : `class ${i}`;
  });
}
