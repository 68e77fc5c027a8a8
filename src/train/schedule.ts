import type { QatOptions, TrainOptions } from './options';

/**
 * The learning rate of step 0 … steps − 1: rises in equal parts to the full rate at the last step of the warm-up, then stays,
 * falls in a straight line, or falls along half a cosine (Loshchilov and Hutter 2017) towards 0 at the end.
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

/** t81's threshold at a step, relative to the scale: from 1 (almost every weight is 0) down to its target. */
export function thresholdAt({ target, warmup }: NonNullable<QatOptions['threshold']>, step: number): number {
  const warm = warmup === 0 ? 1 : Math.min(step / warmup, 1);
  return target + (1 - target) * (1 - warm);
}
