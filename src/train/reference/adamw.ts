import { stepNumbers, type AdamWRates } from '../adamw';
import type { TrainOptions } from '../options';

/** The weights and the moving averages of AdamW. */
export interface AdamWState {
  weights: number[];
  mean: number[];
  square: number[];
}

/** One step of AdamW in float64, in the order of operations of torch.optim.AdamW. */
export function referenceAdamW(
  state: AdamWState,
  gradient: readonly number[],
  options: Pick<TrainOptions, 'betas' | 'epsilon' | 'weightDecay'>,
  rates: AdamWRates,
): AdamWState {
  const [beta1, beta2] = options.betas;
  const { clip, decayFactor, stepSize, correction } = stepNumbers(options, rates);
  const mean = state.mean.map((m, i) => m + (1 - beta1) * (clip * gradient[i] - m));
  const square = state.square.map((s, i) => beta2 * s + (1 - beta2) * (clip * gradient[i]) ** 2);
  const weights = state.weights.map(
    (w, i) => w * decayFactor - (stepSize * mean[i]) / (Math.sqrt(square[i]) / correction + options.epsilon),
  );
  return { weights, mean, square };
}
