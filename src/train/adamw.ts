import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { RecordContext } from '../runtime/ops/context';
import type { TrainOptions } from './options';
import { dispatchRanges } from '../gpu/dispatchCost';

/** The numbers of one step of AdamW. */
export interface AdamWRates {
  /** Number of finished steps. */
  step: number;
  learningRate: number;
  /** The factor of every gradient. */
  clip: number;
}

/** Values that the optimiser updates; all buffers are float32 [count]. */
export interface TrainedValues {
  values: GPUBuffer;
  gradient: GPUBuffer;
  /** Moving averages of the gradient and of its square. */
  mean: GPUBuffer;
  square: GPUBuffer;
  count: number;
  /** Whether weight decay applies. */
  decays: boolean;
}

type Options = Pick<TrainOptions, 'betas' | 'epsilon' | 'weightDecay'>;

/** The buffer of numbers that a recorded step reads each time it runs. */
export class AdamWStep {
  readonly buffer: GPUBuffer;
  private readonly gpu: Gpu;
  private readonly options: Options;

  constructor(gpu: Gpu, scope: BufferScope, options: Options) {
    this.gpu = gpu;
    this.options = options;
    this.buffer = scope.allocate(16, 'optimiser step');
  }

  write(rates: AdamWRates): void {
    const { clip, decayFactor, stepSize, correction } = stepNumbers(this.options, rates);
    this.gpu.buffers.write(this.buffer, Float32Array.of(clip, decayFactor, stepSize, correction));
  }
}

/**
 * Returns the numbers of a step of AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as torch.optim.AdamW computes it:
 * weights are multiplied by `decayFactor` = 1 − learning rate · decay before the update, and decay enters no average.
 */
export function stepNumbers(
  { betas: [beta1, beta2], weightDecay }: Pick<Options, 'betas' | 'weightDecay'>,
  { step, learningRate, clip }: AdamWRates,
): { clip: number; decayFactor: number; stepSize: number; correction: number } {
  return {
    clip,
    decayFactor: 1 - learningRate * weightDecay,
    stepSize: learningRate / (1 - beta1 ** (step + 1)),
    correction: Math.sqrt(1 - beta2 ** (step + 1)),
  };
}

/** Records one step of AdamW with the numbers that `step` holds when it runs. */
export async function recordAdamW(
  { gpu, recorder }: RecordContext,
  step: AdamWStep,
  { values, gradient, mean, square, count, decays }: TrainedValues,
  { betas: [beta1, beta2], epsilon }: Options,
): Promise<void> {
  const fixed = {
    decays: Number(decays),
    oneMinusBeta1: 1 - beta1,
    beta2,
    oneMinusBeta2: 1 - beta2,
    epsilon,
  };
  for (const { first, last, cost } of dispatchRanges(gpu, count, 30))
    await recorder.dispatch('train/adamw', {
      params: { first, last, ...fixed },
      bindings: { step: step.buffer, gradient, weights: values, mean, square },
      threads: last - first,
      cost,
    });
}
