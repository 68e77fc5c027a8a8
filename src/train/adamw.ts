import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { RecordContext } from '../runtime/ops/context';
import type { TrainOptions } from './options';
import { dispatchRanges } from '../gpu/dispatchCost';

/** What one step of AdamW needs besides weights and gradients. */
export interface AdamWRates {
  /** Finished steps, 0 at first. */
  step: number;
  learningRate: number;
  /** Every gradient is multiplied by it. */
  clip: number;
}

/** Values the optimiser moves, all float32 [count]. */
export interface Trained {
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

/** The numbers a recorded step reads anew every time. Sources as in `stepNumbers`. */
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
    const { clip, kept, stepSize, correction } = stepNumbers(this.options, rates);
    this.gpu.buffers.write(this.buffer, Float32Array.of(clip, kept, stepSize, correction));
  }
}

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) as torch.optim.AdamW computes it: decay shrinks weights by
 * 1 − rate · decay before the step and enters no average.
 */
export function stepNumbers(
  { betas: [beta1, beta2], weightDecay }: Pick<Options, 'betas' | 'weightDecay'>,
  { step, learningRate, clip }: AdamWRates,
): { clip: number; kept: number; stepSize: number; correction: number } {
  return {
    clip,
    kept: 1 - learningRate * weightDecay,
    stepSize: learningRate / (1 - beta1 ** (step + 1)),
    correction: Math.sqrt(1 - beta2 ** (step + 1)),
  };
}

/** Records one step of AdamW on `trained`, with the rates `step` holds when it runs. */
export async function recordAdamW(
  { gpu, recorder }: RecordContext,
  step: AdamWStep,
  { values, gradient, mean, square, count, decays }: Trained,
  { betas: [beta1, beta2], epsilon }: Options,
): Promise<void> {
  const fixed = { decays: Number(decays), gain1: 1 - beta1, beta2, gain2: 1 - beta2, epsilon };
  for (const { first, last, cost } of dispatchRanges(gpu, count, 30))
    await recorder.dispatch('train/adamw', {
      params: { first, last, ...fixed },
      bindings: { step: step.buffer, gradient, weights: values, mean, square },
      threads: last - first,
      cost,
    });
}
