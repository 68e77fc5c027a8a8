import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { CopyCommand } from '../gpu/recorder';
import { Forward } from '../runtime/forward/forward';
import { gpuWeights, isOnGpu, type WeightValues } from '../runtime/forward/weights';
import type { ActivationView } from '../runtime/linear/linear';
import { rowRuns, type ScoredBatch } from './batches';
import type { BatchLayout, LossEngine, LossJob, LossPasses } from './engine';
import { copyRows, HeadLosses } from './headLosses';
import type { RowLosses } from './reduction';
import { StateCache } from './stateCache';

/** Computes losses by WGSL. It keeps the baseline's scored states, one row of the model's width per token. */
export class GpuEngine implements LossEngine {
  readonly compute = 'gpu';
  readonly gpu: Gpu;
  readonly layout: BatchLayout;
  private readonly scope: BufferScope;
  private readonly cached: StateCache<ActivationView>;

  /** @param cacheBytes GPU bytes for the baseline's states */
  constructor(gpu: Gpu, layout: BatchLayout, cacheBytes?: number) {
    this.gpu = gpu;
    this.layout = layout;
    this.scope = gpu.buffers.scope();
    this.cached = new StateCache(cacheBytes);
  }

  canRun(weights: WeightValues): boolean {
    return isOnGpu(weights);
  }

  open(job: LossJob): LossPasses {
    return new GpuPasses(this, job);
  }

  dispose(): void {
    this.scope.dispose();
    this.cached.clear();
  }

  /** Returns the baseline's states of a batch, packed row by row; undefined if they did not fit. */
  statesOf(batch: ScoredBatch): ActivationView | undefined {
    return this.cached.get(batch);
  }

  /** Returns how the scored rows of a batch's states are kept; undefined if they are kept already or do not fit. */
  keeping(batch: ScoredBatch, states: ActivationView): KeptStates | undefined {
    const { gpu } = this;
    const { width } = states;
    const bytes = 4 * batch.targets.length * width;
    if (bytes > gpu.device.limits.maxBufferSize || !this.cached.reserve(batch, bytes)) return;
    const buffer = this.scope.allocate(bytes, 'baseline states');
    const view = { buffer, stride: width, column: 0, width };
    const runs = rowRuns(batch.segments, 0, batch.targets.length);
    return {
      copies: runs.flatMap((run) => copyRows(states, view, run)),
      done: () => this.cached.set(batch, view),
    };
  }
}

/** States to be kept. They count as kept once the copies have run, so that an abort leaves none that are not written. */
interface KeptStates {
  copies: readonly CopyCommand[];
  done: () => void;
}

/** The recordings of one run, each made when it is first needed. */
class GpuPasses implements LossPasses {
  private readonly engine: GpuEngine;
  private readonly job: LossJob;
  private own: Promise<Forward> | undefined;
  private base: Promise<Forward> | undefined;
  private head: Promise<HeadLosses> | undefined;
  /** What the next head pass keeps, so that it takes no submit of its own. */
  private kept: KeptStates | undefined;

  constructor(engine: GpuEngine, job: LossJob) {
    this.engine = engine;
    this.job = job;
  }

  async forward(batch: ScoredBatch): Promise<number> {
    const { gpu, layout } = this.engine;
    const { signal } = this.job;
    const forward = await (this.own ??= this.recordForward(this.job.weights));
    const input = await batch.input();
    await gpu.stream.idle(signal);
    const begun = performance.now();
    await forward.run(input, signal);
    await gpu.stream.idle(signal);
    // A coarse clock may show no time at all for a tiny model.
    return (1000 * layout.sequences) / Math.max(performance.now() - begun, 1e-3);
  }

  async keepStates(batch: ScoredBatch): Promise<void> {
    this.kept = this.engine.keeping(batch, await this.states());
  }

  /** Returns the codec's states of the last forward pass. */
  private async states(): Promise<ActivationView> {
    return (await (this.own ??= this.recordForward(this.job.weights))).hidden;
  }

  async *losses(batch: ScoredBatch): AsyncGenerator<RowLosses> {
    const head = await (this.head ??= this.recordHead());
    const own = await this.states();
    const kept = this.engine.statesOf(batch);
    const recomputed = this.job.withBaseline && !kept ? await this.recompute(batch) : undefined;
    for (let first = 0; first < batch.targets.length; first += head.rows) {
      const targets = batch.targets.subarray(first, first + head.rows);
      const runs = rowRuns(batch.segments, first, targets.length);
      const copies: CopyCommand[] = [
        ...(this.kept?.copies ?? []),
        ...runs.flatMap((run) => copyRows(own, head.hidden, run)),
      ];
      if (head.baselineHidden) {
        const { baselineHidden } = head;
        const packed = { source: first, target: 0, rows: targets.length };
        if (kept) copies.push(...copyRows(kept, baselineHidden, packed));
        else if (recomputed) copies.push(...runs.flatMap((run) => copyRows(recomputed, baselineHidden, run)));
      }
      const losses = await head.run(copies, targets, this.job.signal);
      this.kept?.done();
      this.kept = undefined;
      yield losses;
    }
  }

  async dispose(): Promise<void> {
    const made = await Promise.allSettled([this.own, this.base, this.head]);
    for (const recording of made) if (recording.status === 'fulfilled') recording.value?.dispose();
  }

  private async recompute(batch: ScoredBatch): Promise<ActivationView> {
    const forward = await (this.base ??= this.recordForward(this.engine.layout.baseline));
    await forward.run(await batch.input(), this.job.signal);
    return forward.hidden;
  }

  private recordForward(weights: WeightValues): Promise<Forward> {
    const { gpu, layout } = this.engine;
    const { shape, sequences, length } = layout;
    return Forward.create(gpu, shape, gpuWeights(weights), { sequences, length, signal: this.job.signal });
  }

  private recordHead(): Promise<HeadLosses> {
    const { gpu, layout } = this.engine;
    const { shape, baseline, batches, metrics } = layout;
    const { weights, withBaseline } = this.job;
    const sizes = batches.map(({ targets }) => targets.length).sort((a, b) => a - b);
    const rows = HeadLosses.rowsFor(gpu, shape, sizes[Math.floor(sizes.length / 2)]);
    return HeadLosses.create(gpu, {
      shape,
      rows,
      codec: gpuWeights(weights),
      withUncertainty: metrics === 'uncertainty',
      withRank: metrics === 'rank',
      ...(withBaseline && { baseline: gpuWeights(baseline) }),
    });
  }
}
