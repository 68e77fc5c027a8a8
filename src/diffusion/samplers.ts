import { LabError } from '../base/errors';
import type { NoiseSchedule } from './schedule';

/** One step of a sampler from time step t to an earlier one. */
interface SamplerStep {
  /** x_t */
  sample: Float64Array;
  /** The predicted noise ε. */
  noise: Float64Array;
  /** t */
  timestep: number;
  /** The time step after this one; negative at the end, where ᾱ is 1. */
  previous: number;
}

/** Computes the sample of the previous time step. @param draw returns standard normal numbers */
export type ReverseStep = (schedule: NoiseSchedule, step: SamplerStep, draw: () => number) => Float64Array;

/**
 * Returns the time steps of a sampler, latest first, in diffusers' spacing "leading": i · ⌊T ÷ steps⌋.
 * @throws LabError bad-input for a number of steps that is not an integer from 1 to T
 */
export function samplingTimesteps({ alphaBars }: NoiseSchedule, steps: number): number[] {
  const { length } = alphaBars;
  if (!Number.isInteger(steps) || steps < 1 || steps > length)
    throw new LabError(
      'bad-input',
      `${steps} sampling steps are not possible: the model was trained with ${length} time steps.`,
      `Choose a whole number of steps from 1 to ${length}.`,
    );
  const stride = Math.floor(length / steps);
  return Array.from({ length: steps }, (_, i) => (steps - 1 - i) * stride);
}

/**
 * DDIM with η = 0 (Song, Meng and Ermon 2021, equation 12): x_s = √ᾱ_s · x₀ + √(1 − ᾱ_s) · ε, where ε follows from the clipped x₀,
 * as in diffusers with `use_clipped_model_output`.
 */
export const ddimStep: ReverseStep = (schedule, step) => {
  const [now, before] = [alphaBar(schedule, step.timestep), alphaBar(schedule, step.previous)];
  const clean = predictedClean(schedule, step);
  return clean.map((x0, i) => {
    const noise = (step.sample[i] - Math.sqrt(now) * x0) / Math.sqrt(1 - now);
    return Math.sqrt(before) * x0 + Math.sqrt(1 - before) * noise;
  });
};

/**
 * DDPM (Ho, Jain and Abbeel 2020, equations 6 and 7): the mean of q(x_s | x_t, x₀) plus noise of its variance, with
 * α = ᾱ_t ÷ ᾱ_s. The last step adds no noise.
 */
export const ddpmStep: ReverseStep = (schedule, step, draw) => {
  const [now, before] = [alphaBar(schedule, step.timestep), alphaBar(schedule, step.previous)];
  const alpha = now / before;
  const ofClean = (Math.sqrt(before) * (1 - alpha)) / (1 - now);
  const ofSample = (Math.sqrt(alpha) * (1 - before)) / (1 - now);
  const deviation = Math.sqrt(((1 - before) / (1 - now)) * (1 - alpha));
  const clean = predictedClean(schedule, step);
  const mean = clean.map((x0, i) => ofClean * x0 + ofSample * step.sample[i]);
  return step.previous < 0 ? mean : mean.map((x) => x + deviation * draw());
};

/** All samplers by name. */
export const SAMPLERS = { ddim: ddimStep, ddpm: ddpmStep } as const;
export type SamplerName = keyof typeof SAMPLERS;

/** Classifier-free guidance (Ho and Salimans 2022) as diffusers weighs it: ε_u + w · (ε_c − ε_u). */
export function guidedNoise(
  conditional: Float64Array,
  unconditional: Float64Array,
  weight: number,
): Float64Array {
  return conditional.map((c, i) => unconditional[i] + weight * (c - unconditional[i]));
}

/** x₀ = (x_t − √(1 − ᾱ_t) · ε) ÷ √ᾱ_t, clipped to [−1, 1] if the schedule says so. */
function predictedClean(schedule: NoiseSchedule, { sample, noise, timestep }: SamplerStep): Float64Array {
  const now = alphaBar(schedule, timestep);
  const clean = sample.map((x, i) => (x - Math.sqrt(1 - now) * noise[i]) / Math.sqrt(now));
  return schedule.clips ? clean.map((x) => Math.min(1, Math.max(-1, x))) : clean;
}

function alphaBar({ alphaBars }: NoiseSchedule, timestep: number): number {
  return timestep < 0 ? 1 : alphaBars[timestep];
}
