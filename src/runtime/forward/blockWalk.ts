import { throwIfAborted } from '../../base/errors';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import {
  interpret,
  type Conditions,
  type ModelShape,
  type Step,
  type Value,
} from '../../models/architecture';
import { carriedValues } from '../../models/program';
import { conditionBuffers, writeConditions } from './conditions';
import { inputPerSequence } from './forward';
import { GpuOps, type GpuOpsOptions } from './gpuOps';
import type { WeightsByName } from './weights';

/** Batches of windows or images of one size. */
export interface WalkInput {
  /** Number of batches. */
  count: number;
  /** Returns the token ids [sequences · length] of a batch, or its pixels [sequences, channels, size, size]. */
  batch(index: number): Promise<Uint32Array | Float32Array> | Uint32Array | Float32Array;
  /** What a diffusion model is told about the images of each batch. */
  conditions?: readonly Conditions[];
  /** Number of windows or images per batch. */
  sequences: number;
  /** Number of tokens per window; ignored for images. */
  length: number;
  /** Number of batches whose states stay on the GPU; those of the others wait in main memory. By default all. */
  onGpu?: number;
}

/** How some steps are run for every batch. */
export interface PassOptions {
  /** Begins with the states of the walk instead of the input. */
  reads: boolean;
  /** Keeps the values that the next steps read as the states of the walk. */
  saves: boolean;
  /** Makes what records the steps; by default a plain `GpuOps`. */
  operations?: (options: GpuOpsOptions) => GpuOps;
  /** Records more after the steps. */
  record?: (ops: GpuOps) => Promise<void>;
  /** Called after each batch has run. */
  onBatch?: (index: number, ops: GpuOps) => Promise<void>;
}

/** States [tokens, width] of one batch between blocks, by the name of the value. */
type SavedStates = Map<string, GPUBuffer | ArrayBuffer>;

/**
 * Carries batches of activations through a model block by block, so that the weights of one block are needed at a time. The states
 * between blocks stay on the GPU, or in main memory where the GPU has no room for them.
 */
export class BlockWalk {
  private readonly gpu: Gpu;
  private readonly shape: ModelShape;
  private readonly source: WalkInput;
  private readonly signal?: AbortSignal;
  private readonly scope: BufferScope;
  private readonly carried: readonly Value[];
  private readonly states: readonly SavedStates[];

  constructor(gpu: Gpu, shape: ModelShape, source: WalkInput, signal?: AbortSignal) {
    this.gpu = gpu;
    this.shape = shape;
    this.source = source;
    this.signal = signal;
    this.scope = gpu.buffers.scope();
    this.carried = carriedValues(shape.program);
    this.states = Array.from({ length: source.count }, (_, i) => this.emptyStates(i));
  }

  /** Runs the embedding, which gives the states before the first block. */
  begin(weights: WeightsByName, onBatch?: PassOptions['onBatch']): Promise<void> {
    return this.pass(this.shape.program.prologue, weights, { reads: false, saves: true, onBatch });
  }

  /** Runs a block and keeps its outputs as the states. */
  advance(block: number, weights: WeightsByName, onBatch?: PassOptions['onBatch']): Promise<void> {
    return this.pass(this.shape.program.blocks[block], weights, { reads: true, saves: true, onBatch });
  }

  /** Records `steps` once and runs them for every batch. @throws LabError; Cancelled */
  async pass(steps: readonly Step[], weights: WeightsByName, how: PassOptions): Promise<void> {
    throwIfAborted(this.signal);
    const { gpu, shape, source, signal } = this;
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    try {
      const bytes = 4 * source.sequences * inputPerSequence(shape, source.length);
      const input = scope.allocate(bytes, 'model input');
      const length = shape.image?.tokens ?? source.length;
      const layout = { sequences: source.sequences, length, state: scope.allocate(4, 'position') };
      const conditions = conditionBuffers(shape, scope, source.sequences);
      const to = { input, conditions };
      const at = { gpu, recorder, scope, weights, ...to, layout, program: shape.program, positions: length };
      const ops = how.operations?.(at) ?? new GpuOps(at);
      await interpret(steps, ops);
      await how.record?.(ops);
      await gpu.buffers.settled();
      for (let i = 0; i < source.count; i++) {
        if (how.reads) await this.restore(i, ops);
        else gpu.buffers.write(input, await source.batch(i));
        if (conditions) writeConditions(gpu, shape, conditions, source.conditions?.[i]);
        await gpu.stream.run(recorder.commands, signal);
        if (how.saves) await this.save(i, ops);
        await how.onBatch?.(i, ops);
      }
    } finally {
      recorder.dispose();
      scope.dispose();
    }
  }

  dispose(): void {
    this.scope.dispose();
  }

  /** Number of tokens per batch. */
  private get tokens(): number {
    return this.source.sequences * (this.shape.image?.tokens ?? this.source.length);
  }

  private emptyStates(batch: number): SavedStates {
    if (batch >= (this.source.onGpu ?? Infinity)) return new Map();
    return new Map(this.carried.map((v) => [v.name, this.scope.allocate(this.bytesOf(v), v.name)]));
  }

  private bytesOf({ width }: Value): number {
    return 4 * this.tokens * width;
  }

  private async restore(batch: number, ops: GpuOps): Promise<void> {
    for (const value of this.carried) {
      const state = this.states[batch].get(value.name)!;
      const { buffer } = ops.view(value);
      if (state instanceof ArrayBuffer) this.gpu.buffers.write(buffer, new Uint8Array(state));
      else await this.copy(value, state, buffer);
    }
  }

  private async save(batch: number, ops: GpuOps): Promise<void> {
    const states = this.states[batch];
    for (const value of this.carried) {
      const { buffer } = ops.view(value);
      const state = states.get(value.name);
      if (state && !(state instanceof ArrayBuffer)) await this.copy(value, buffer, state);
      else states.set(value.name, await this.gpu.stream.read(buffer, this.bytesOf(value)));
    }
  }

  private async copy(value: Value, source: GPUBuffer, target: GPUBuffer): Promise<void> {
    const recorder = this.gpu.recorder();
    const bytes = this.bytesOf(value);
    recorder.copy({ label: value.name, source, target, sourceOffset: 0, targetOffset: 0, bytes });
    await this.gpu.stream.run(recorder.commands, this.signal);
    recorder.dispose();
  }
}
