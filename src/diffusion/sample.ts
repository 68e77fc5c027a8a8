import { LabError, throwIfAborted } from '../base/errors';
import { KeyedRandom } from '../base/random';
import type { ModelShape } from '../models/architecture';
import type { Denoiser } from './denoiser';
import { guidedNoise, SAMPLERS, samplingTimesteps, type SamplerName } from './samplers';
import type { NoiseSchedule } from './schedule';

/** How images are sampled. */
export interface ImageSampling {
  sampler: SamplerName;
  /** Number of denoising steps. */
  steps: number;
  /** Weight w of classifier-free guidance; 1 uses the class alone and asks the model once for each step. */
  guidance: number;
}

/** An image to sample: its class, and the seed of all its random numbers. */
export interface ImageRequest {
  label: number;
  seed: number;
}

/** State of the images after a step, [count, channels, size, size]. */
export type OnStep = (step: number, sample: Float64Array) => void;

/** Streams of the keyed generator: the first noise, and from the second on the noise of each sampling step. */
const FIRST_NOISE = 0xd1f0;
const STEP_NOISE = 0xd1f1;

/** Returns the noise from which an image starts, [channels, size, size]. It depends on the seed alone. */
export function initialNoise({ image }: Pick<ModelShape, 'image'>, seed: number): Float64Array {
  const random = new KeyedRandom(seed, FIRST_NOISE);
  const { channels, size } = image!;
  return Float64Array.from({ length: channels * size * size }, () => random.nextNormal());
}

/**
 * Samples images. Equal requests, weights and executors give equal images.
 * @param start where the images start, [count, channels, size, size]; by default the noise of their seeds
 * @param onStep called after every step
 * @returns pixels [count, channels, size, size], in [−1, 1] if the schedule clips
 * @throws LabError bad-input for a class or a number of steps out of range; not-finite naming the step; what the denoiser throws;
 * Cancelled
 */
export async function sampleImages(
  denoiser: Denoiser,
  schedule: NoiseSchedule,
  requests: readonly ImageRequest[],
  options: ImageSampling,
  { start, onStep, signal }: { start?: Float64Array; onStep?: OnStep; signal?: AbortSignal } = {},
): Promise<Float64Array> {
  const { shape } = denoiser;
  checkRequests(shape, requests, options);
  const timesteps = samplingTimesteps(schedule, options.steps);
  const stride = Math.floor(schedule.alphaBars.length / options.steps);
  let sample = start ?? joined(requests.map(({ seed }) => initialNoise(shape, seed)));
  for (const [i, timestep] of timesteps.entries()) {
    throwIfAborted(signal);
    const noise = await predictNoise(denoiser, sample, timestep, { requests, options, signal });
    const draw = stepNoise(requests, i, sample.length / requests.length);
    sample = SAMPLERS[options.sampler](
      schedule,
      { sample, noise, timestep, previous: timestep - stride },
      draw,
    );
    checkFinite(sample, timestep);
    onStep?.(i, sample);
  }
  return sample;
}

/** Predicts the noise of all images at a time step, with guidance if its weight is not 1. */
async function predictNoise(
  denoiser: Denoiser,
  sample: Float64Array,
  timestep: number,
  how: { requests: readonly ImageRequest[]; options: ImageSampling; signal?: AbortSignal },
): Promise<Float64Array> {
  const { requests, options, signal } = how;
  const labels = requests.map(({ label }) => label);
  const isGuided = options.guidance !== 1;
  const none = requests.map(() => denoiser.shape.diffusion!.classes);
  const all = isGuided ? [...labels, ...none] : labels;
  const pixels = new Float32Array((all.length / labels.length) * sample.length);
  for (let at = 0; at < pixels.length; at += sample.length) pixels.set(sample, at);
  const conditions = { timesteps: all.map(() => timestep), labels: all };
  const noise = await denoiser.predict({ pixels, count: all.length, ...conditions }, signal);
  if (!isGuided) return noise;
  return guidedNoise(noise.subarray(0, sample.length), noise.subarray(sample.length), options.guidance);
}

/** Returns a function that draws the noise of a step, image by image, each from its own seed. */
function stepNoise(requests: readonly ImageRequest[], step: number, perImage: number): () => number {
  const randoms = requests.map(({ seed }) => new KeyedRandom(seed, STEP_NOISE + step));
  let drawn = 0;
  return () => randoms[Math.floor(drawn++ / perImage)].nextNormal();
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.length * parts[0].length);
  parts.forEach((part, i) => whole.set(part, i * part.length));
  return whole;
}

function checkRequests(
  { diffusion }: ModelShape,
  requests: readonly ImageRequest[],
  { guidance }: ImageSampling,
): void {
  if (requests.length === 0)
    throw new LabError('bad-input', 'No images are asked for.', 'Ask for at least one.');
  const { classes } = diffusion!;
  const bad = requests.find(({ label }) => !Number.isInteger(label) || label < 0 || label > classes);
  if (bad)
    throw new LabError(
      'bad-input',
      `There is no class ${bad.label}: the model has the classes 0 to ${classes - 1}, and ${classes} means none.`,
      `Choose a class from 0 to ${classes}.`,
    );
  if (!Number.isFinite(guidance) || guidance < 0)
    throw new LabError(
      'bad-input',
      `The guidance cannot be ${guidance}.`,
      'Choose a number of at least 0; 1 means no guidance.',
    );
}

function checkFinite(sample: Float64Array, timestep: number): void {
  if (sample.every(Number.isFinite)) return;
  throw new LabError(
    'not-finite',
    `The model predicts noise that is not finite at time step ${timestep}, so the images would be meaningless.`,
    'Use a codec with more bits, or check the weights.',
  );
}
