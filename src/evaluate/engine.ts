import type { ModelShape } from '../models/architecture';
import type { WeightValues } from '../runtime/forward/weights';
import type { ScoredBatch } from './batches';
import type { RowLosses } from './reduction';

/** The processor that runs a model. */
export type Compute = 'gpu' | 'cpu';

/**
 * What is computed of each row beside its loss: the divergence from the baseline (`all`), the model's own uncertainty, or the rank of the
 * right token.
 */
export type EvaluatedMetrics = 'perplexity' | 'all' | 'uncertainty' | 'rank';

/**
 * Runs a model's batches and computes the loss of each scored row, on the GPU (`GpuEngine`), on the CPU (`CpuEngine`), or on either
 * with a part of the weights in memory (`StreamedEngine`).
 */
export interface LossEngine<Measured = WeightValues> {
  readonly compute: Compute;
  /** Prepares the batches of some weights, which stay the caller's. Nothing runs yet. */
  open(job: LossJob<Measured>): LossPasses;
  /** Frees what is kept from pass to pass, such as the baseline's states. */
  dispose(): void;
}

/** The batches of one evaluation, the same for all weights. */
export interface BatchLayout<Measured = WeightValues> {
  shape: ModelShape;
  /** Float32 weights to compare with. */
  baseline: Measured;
  batches: readonly ScoredBatch[];
  /** Sequences of one batch, and the tokens of each (0 for images). */
  sequences: number;
  length: number;
  metrics: EvaluatedMetrics;
}

/** One run of batches through some weights. */
export interface LossJob<Measured = WeightValues> {
  weights: Measured;
  /** The batches that will be run, in this order. */
  batches: readonly ScoredBatch[];
  /** Compares with the baseline's distribution. */
  withBaseline: boolean;
  /** Receives the number of windows or images done so far; fractions count, where many are run together. */
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

/** The passes of one job, batch by batch in their order. */
export interface LossPasses {
  /** Runs the forward pass before the head. @returns sequences per second */
  forward(batch: ScoredBatch): Promise<number>;
  /** Keeps the states of the last forward pass as the baseline's of this batch, unless they do not fit. */
  keepStates(batch: ScoredBatch): Promise<void>;
  /** Computes the losses of the batch's scored rows from the last forward pass, some rows at a time. */
  losses(batch: ScoredBatch): AsyncIterable<RowLosses>;
  dispose(): Promise<void>;
}
