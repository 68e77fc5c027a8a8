import { LabError } from '../../base/errors';
import { imagePreprocessor } from '../../models/image/preprocess';
import type { Model } from '../../models/model';
import type { ModelShape } from '../../models/architecture';
import { independentLogits } from '../../onnx/independent';
import { logits } from '../../runtime/forward/logits';
import { gpuWeights } from '../../runtime/forward/weights';
import { requireGpu, type Lab } from '../lab';

/** Returns pixels in [−1, 1] as the 8-bit samples of an image file; others are clipped. */
export function imageSamples8(pixels: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(pixels, (x) => Math.round(Math.min(255, Math.max(0, ((x + 1) / 2) * 255))));
}

/**
 * Opens the classifier that judges the images of a diffusion model.
 * @throws LabError bad-input for a model that does not classify images of this size into these classes; what opening it throws
 */
export async function openJudge(
  lab: Lab,
  id: string,
  { image, diffusion }: ModelShape,
  signal?: AbortSignal,
): Promise<Model> {
  const judge = await lab.openModel(id, signal);
  const { task, vocabulary, image: own } = judge.shape;
  const fits = task === 'image-classification' && vocabulary === diffusion!.classes;
  if (fits && own!.channels === image!.channels) return judge;
  throw new LabError(
    'bad-input',
    `${judge.id} does not classify images of ${image!.channels} channels into ${diffusion!.classes} classes.`,
    'Name a classifier of the same classes with --judge, or leave the judgement out with --judge none.',
  );
}

/** Returns the most likely class of each image. @param samples 8-bit samples [images, channels, size, size] */
export async function classify(
  lab: Lab,
  judge: Model,
  samples: Uint8Array,
  image: { size: number; channels: number },
  signal?: AbortSignal,
): Promise<number[]> {
  const values = imagePreprocessor(judge.assets, judge.shape.image!)(samples, image);
  const { channels, size } = judge.shape.image!;
  const count = values.length / (channels * size * size);
  const scores = await judgeLogits(lab, judge, { values, shape: [count, channels, size, size] }, signal);
  const classes = scores.length / count;
  return Array.from({ length: count }, (_, i) => {
    const own = scores.subarray(i * classes, (i + 1) * classes);
    return own.indexOf(Math.max(...own));
  });
}

async function judgeLogits(
  lab: Lab,
  judge: Model,
  input: { values: Float32Array; shape: number[] },
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { cpu, processor } = lab;
  if (cpu) return (await independentLogits(cpu.api, judge, input, { session: cpu.session, signal })).values;
  const gpu = requireGpu(lab, 'Judging images');
  const weights = await processor.load(judge, signal);
  try {
    const batch = { values: input.values, sequences: input.shape[0], length: 0 };
    return await logits(gpu, judge.shape, gpuWeights(weights), batch, signal);
  } finally {
    weights.dispose();
  }
}
