import type { Conditions, ModelShape, Step, Value } from '../models/architecture';
import { linearInputs, type LinearInput } from '../models/linearInputs';
import { carriedValues, readsClassToken } from '../models/program';
import type { WeightValues } from '../runtime/forward/weights';
import type { InputStatistics } from './inputs';

/** Windows or images to calibrate on, in batches of one size. */
export interface CalibrationBatches {
  /** Batches of token ids [sequences · length], or of pixels [sequences, channels, size, size]. */
  batches: readonly (Uint32Array | Float32Array)[];
  /** Number of windows or images per batch. */
  sequences: number;
  /** Number of tokens per window; ignored for images. */
  length: number;
  /** What a diffusion model is told about the images of each batch, all of one time step; absent for other models. */
  conditions?: readonly Conditions[];
}

/** Input statistics by the name of the weight; layers that share an input share one object. */
export interface CollectedInputs<Inputs extends InputStatistics = InputStatistics> {
  byWeight: ReadonlyMap<string, Inputs>;
  dispose(): void;
}

/** A part of a model that the batches are carried through. */
export interface WalkPart {
  steps: readonly Step[];
  /** Whether the part begins with the states of the part before it; otherwise it begins with the batches. */
  reads: boolean;
  /** Whether its results become the states. */
  saves: boolean;
  /** Whether the inputs of its linear layers are collected. */
  collects: boolean;
  /** The weight of the head, if its input, the part's result, is collected too. */
  head?: string;
}

/**
 * Carries calibration activations through a model block by block. The states between blocks are kept, and the weights of one
 * block are needed at a time. `collect` returns the statistics of the inputs of a block's layers; `advance` replaces the states by
 * the block's outputs. With compressed weights the next block gets the inputs it will have in the compressed model. `GpuWalk`
 * computes on the GPU, `CpuWalk` by ONNX Runtime.
 */
export abstract class CalibrationWalk<Inputs extends InputStatistics = InputStatistics> {
  protected readonly shape: ModelShape;
  protected readonly source: CalibrationBatches;
  protected readonly signal?: AbortSignal;
  /** The linear layers by the activation they read. */
  protected readonly groups: readonly LinearInput[];
  /** The activations that pass from part to part. */
  protected readonly carried: readonly Value[];

  constructor(shape: ModelShape, source: CalibrationBatches, signal?: AbortSignal) {
    this.shape = shape;
    this.source = source;
    this.signal = signal;
    this.groups = linearInputs(shape.program);
    this.carried = carriedValues(shape.program);
  }

  /** Number of tokens per window or image. */
  protected get length(): number {
    return this.shape.image?.tokens ?? this.source.length;
  }

  /** Number of rows over all batches of an activation, or of what the head reads. */
  protected samplesOf({ perSequence, weights }: LinearInput, head?: string): number {
    const { sequences, batches } = this.source;
    // The head of a classifier reads the first token of each image only.
    const readsFirst = readsClassToken(this.shape) && head !== undefined && weights.includes(head);
    return sequences * batches.length * (perSequence || readsFirst ? 1 : this.length);
  }

  /** Runs the embedding, which gives the states before the first block. */
  async begin(weights: WeightValues): Promise<void> {
    const { prologue } = this.shape.program;
    await this.pass({ steps: prologue, reads: false, saves: true, collects: false }, weights);
  }

  /** Returns the input statistics of the linear layers of a block. The states are unchanged. */
  collect(block: number, weights: WeightValues): Promise<CollectedInputs<Inputs>> {
    return this.pass({ ...this.block(block), saves: false, collects: true }, weights);
  }

  /** `collect` followed by `advance` with the same weights, in one pass. */
  collectAndAdvance(block: number, weights: WeightValues): Promise<CollectedInputs<Inputs>> {
    return this.pass({ ...this.block(block), saves: true, collects: true }, weights);
  }

  /** Runs a block and keeps its outputs as the states. */
  async advance(block: number, weights: WeightValues): Promise<void> {
    await this.pass({ ...this.block(block), saves: true, collects: false }, weights);
  }

  /** Returns the input statistics of the head, after the last block. */
  collectHead(weights: WeightValues): Promise<CollectedInputs<Inputs>> {
    const { epilogue, head } = this.shape.program;
    const part = { steps: epilogue, reads: true, saves: false, collects: true, head: head.weight };
    return this.pass(part, weights);
  }

  /** Frees the states. Statistics that were returned stay their owner's. */
  abstract dispose(): void;

  /** Runs a part for every batch. @throws LabError; Cancelled. No statistics stay allocated then. */
  protected abstract pass(part: WalkPart, weights: WeightValues): Promise<CollectedInputs<Inputs>>;

  private block(block: number): Pick<WalkPart, 'steps' | 'reads'> {
    return { steps: this.shape.program.blocks[block], reads: true };
  }
}
