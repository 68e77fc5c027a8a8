import type { Gpu } from '../../gpu/gpu';
import { headTensors, stagesOf } from '../../models/program';
import { BlockWalk } from '../../runtime/forward/blockWalk';
import { hiddenView } from '../../runtime/forward/forward';
import type { GpuOps } from '../../runtime/forward/gpuOps';
import type { StreamedWeights } from '../../runtime/forward/streamedWeights';
import { gpuWeights, type OwnedWeights } from '../../runtime/forward/weights';
import { rowRuns, type ScoredBatch } from '../batches';
import type { BatchLayout } from '../engine';
import { copyRows, HeadLosses } from '../headLosses';
import type { RowLosses } from '../reduction';
import type { BatchResult, StageHead, StageRunner, StreamedControl } from './engine';

/** Runs stages by WGSL. */
export class GpuStages implements StageRunner {
  readonly compute = 'gpu';
  private readonly gpu: Gpu;
  private readonly layout: BatchLayout<StreamedWeights>;
  private readonly onGpu: number;

  /** @param onGpu number of batches whose states stay on the GPU; those of the others wait in main memory */
  constructor(gpu: Gpu, layout: BatchLayout<StreamedWeights>, onGpu: number) {
    this.gpu = gpu;
    this.layout = layout;
    this.onGpu = onGpu;
  }

  async run(
    weights: StreamedWeights,
    batches: readonly ScoredBatch[],
    { signal, onStage }: StreamedControl,
  ): Promise<BatchResult[]> {
    const { gpu, layout, onGpu } = this;
    const { shape, sequences, length } = layout;
    const results = batches.map((): BatchResult => ({ states: new Float32Array(0), ms: 0 }));
    const batch = (i: number) => batches[i].input();
    const walk = new BlockWalk(
      gpu,
      shape,
      { count: batches.length, batch, sequences, length, onGpu },
      signal,
    );
    const stages = stagesOf(shape);
    try {
      for (const [s, { steps, tensors, isFirst, isLast }] of stages.entries()) {
        let begun = performance.now();
        const loaded = await weights.load(tensors, signal);
        const reading = (performance.now() - begun) / batches.length;
        begun = performance.now();
        const onBatch = async (i: number, ops: GpuOps): Promise<void> => {
          if (isLast) results[i].states = await this.scoredStates(batches[i], ops);
          await gpu.stream.idle(signal);
          const now = performance.now();
          results[i].ms += reading + now - begun;
          begun = now;
          onStage((s + (i + 1) / batches.length) / stages.length);
        };
        try {
          await walk.pass(steps, gpuWeights(loaded), { reads: !isFirst, saves: !isLast, onBatch });
        } finally {
          loaded.dispose();
        }
      }
    } finally {
      walk.dispose();
    }
    return results;
  }

  async openHead(own: StreamedWeights, baseline?: StreamedWeights, signal?: AbortSignal): Promise<StageHead> {
    const { gpu, layout } = this;
    const { shape, batches, metrics } = layout;
    const tensors = headTensors(shape);
    const loaded: OwnedWeights[] = [];
    const dispose = () => loaded.forEach((weights) => weights.dispose());
    try {
      for (const weights of baseline ? [own, baseline] : [own])
        loaded.push(await weights.load(tensors, signal));
      const sizes = batches.map(({ targets }) => targets.length).sort((a, b) => a - b);
      const rows = HeadLosses.rowsFor(gpu, shape, sizes[Math.floor(sizes.length / 2)]);
      const [codec, base] = loaded.map(gpuWeights);
      const head = await HeadLosses.create(gpu, {
        ...{ shape, rows, codec },
        withUncertainty: metrics === 'uncertainty',
        withRank: metrics === 'rank',
        ...(base && { baseline: base }),
      });
      return new GpuHead(gpu, head, dispose, signal);
    } catch (error) {
      dispose();
      throw error;
    }
  }

  dispose(): void {
    // Nothing stays on the GPU between runs.
  }

  /** Reads the scored rows [rows, width] of a batch's final states. */
  private async scoredStates({ segments, targets }: ScoredBatch, ops: GpuOps): Promise<Float32Array> {
    const { gpu, layout } = this;
    const { shape, length } = layout;
    const { width } = shape.program.hidden;
    const scope = gpu.buffers.scope();
    try {
      const buffer = scope.allocate(4 * targets.length * width, 'scored states');
      const hidden = hiddenView(shape, ops, shape.image?.tokens ?? length);
      const packed = { buffer, stride: width, column: 0, width };
      const runs = rowRuns(segments, 0, targets.length);
      await gpu.stream.run(runs.flatMap((run) => copyRows(hidden, packed, run)));
      return new Float32Array(await gpu.stream.read(buffer));
    } finally {
      scope.dispose();
    }
  }
}

/** Heads on the GPU, which get their states from main memory. */
class GpuHead implements StageHead {
  private readonly gpu: Gpu;
  private readonly head: HeadLosses;
  private readonly freeWeights: () => void;
  private readonly signal?: AbortSignal;

  constructor(gpu: Gpu, head: HeadLosses, freeWeights: () => void, signal?: AbortSignal) {
    this.gpu = gpu;
    this.head = head;
    this.freeWeights = freeWeights;
    this.signal = signal;
  }

  async *losses(targets: Uint32Array, own: Float32Array, baseline?: Float32Array): AsyncGenerator<RowLosses> {
    const { gpu, head } = this;
    const { width } = head.hidden;
    for (let first = 0; first < targets.length; first += head.rows) {
      const part = targets.subarray(first, first + head.rows);
      const rows = (states: Float32Array) => states.subarray(first * width, (first + part.length) * width);
      gpu.buffers.write(head.hidden.buffer, rows(own));
      if (baseline && head.baselineHidden) gpu.buffers.write(head.baselineHidden.buffer, rows(baseline));
      yield await head.run([], part, this.signal);
    }
  }

  dispose(): void {
    this.head.dispose();
    this.freeWeights();
  }
}
