import type { QatOptions, TrainOptions } from './options';

/**
 * Returns the learning rate of a step, 0 … steps − 1. It rises linearly to the full rate at the last step of the warm-up,
 * then is constant, or falls towards 0 at the end, linearly or along half a cosine (Loshchilov and Hutter 2017).
 */
export function learningRateAt(
  {
    learningRate,
    warmup,
    steps,
    schedule,
  }: Pick<TrainOptions, 'learningRate' | 'warmup' | 'steps' | 'schedule'>,
  step: number,
): number {
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const done = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  if (schedule === 'linear') return learningRate * (1 - done);
  if (schedule === 'cosine') return (learningRate * (1 + Math.cos(Math.PI * done))) / 2;
  return learningRate;
}

/**
 * Returns the threshold of t81 at a step, relative to the scale. It falls from 1, where almost every weight is 0, to its
 * target.
 */
export function thresholdAt({ target, warmup }: NonNullable<QatOptions['threshold']>, step: number): number {
  const warm = warmup === 0 ? 1 : Math.min(step / warmup, 1);
  return target + (1 - target) * (1 - warm);
}
