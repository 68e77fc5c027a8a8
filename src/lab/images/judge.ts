import { LabError } from '../../base/errors';
import { imagePreprocessor } from '../../models/image/preprocess';
import type { Model } from '../../models/model';
import type { ModelShape } from '../../models/architecture';
import { independentLogits } from '../../onnx/independent';
import { logits } from '../../runtime/forward/logits';
import { gpuWeights } from '../../runtime/forward/weights';
import { linear } from '../../runtime/reference/math';
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

/** What a classifier makes of images. */
export interface Judged {
  /** What its head reads, the class token's state, [images, width]. */
  features: Float32Array;
  width: number;
  /** The most likely class of each image. */
  classes: number[];
}

/** Images that are judged at once, which limits the memory of their activations. */
const BATCH = 250;

/** Judges images. @param samples 8-bit samples [images, channels, size, size] */
export async function judgeImages(
  lab: Lab,
  judge: Model,
  samples: Uint8Array,
  image: { size: number; channels: number },
  signal?: AbortSignal,
): Promise<Judged> {
  const values = imagePreprocessor(judge.assets, judge.shape.image!)(samples, image);
  const { channels, size } = judge.shape.image!;
  const { width } = judge.shape.program.hidden;
  const perImage = channels * size * size;
  const count = values.length / perImage;
  const features = new Float32Array(count * width);
  const reader = headless(judge);
  for (let first = 0; first < count; first += BATCH) {
    const batch = values.subarray(first * perImage, (first + BATCH) * perImage);
    const shape = [batch.length / perImage, channels, size, size];
    features.set(await scores(lab, reader, { values: batch, shape }, signal), first * width);
  }
  return { features, width, classes: await classesOf(judge, features) };
}

/** Returns a classifier whose scores are the features that its head reads. */
function headless(judge: Model): Model {
  const { shape } = judge;
  const { width } = shape.program.hidden;
  const weight = 'identity';
  const square: readonly [number, number] = [width, width];
  const values = new Float32Array(width * width);
  for (let i = 0; i < width; i++) values[i * (width + 1)] = 1;
  return {
    ...judge,
    shape: {
      ...shape,
      tensors: [...shape.tensors, { name: weight, shape: square, matrix: square, role: 'classifier' }],
      program: { ...shape.program, head: { weight, outputs: width } },
    },
    tensor: async (spec) => (spec.name === weight ? values : judge.tensor(spec)),
  };
}

/** Returns the most likely class by the head of a classifier. */
async function classesOf(judge: Model, features: Float32Array): Promise<number[]> {
  const { head, hidden } = judge.shape.program;
  const named = (name: string) => judge.tensor(judge.shape.tensors.find((spec) => spec.name === name)!);
  const weight = await named(head.weight);
  const bias = head.bias === undefined ? undefined : await named(head.bias);
  const rows = Array.from({ length: features.length / hidden.width }, (_, i) =>
    Float64Array.from(features.subarray(i * hidden.width, (i + 1) * hidden.width)),
  );
  return rows.map((row) => {
    const own = linear(row, weight, hidden.width, bias);
    return own.indexOf(Math.max(...own));
  });
}

async function scores(
  lab: Lab,
  model: Model,
  input: { values: Float32Array; shape: number[] },
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { cpu, processor } = lab;
  if (cpu) return (await independentLogits(cpu.api, model, input, { session: cpu.session, signal })).values;
  const gpu = requireGpu(lab, 'Judging images');
  const weights = await processor.load(model, signal);
  try {
    const batch = { values: input.values, sequences: input.shape[0], length: 0 };
    return await logits(gpu, model.shape, gpuWeights(weights), batch, signal);
  } finally {
    weights.dispose();
  }
}
