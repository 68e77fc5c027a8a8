import type { StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { ScoredBatch } from '../batches';
import type { BatchLayout, Compute, LossEngine, LossJob, LossPasses } from '../engine';
import type { RowLosses } from '../reduction';
import { StateCache } from '../stateCache';

/** The scored states of a batch after the last stage. */
export interface BatchResult {
  /** [rows, width] */
  states: Float32Array;
  /** Milliseconds that its stages took, with its share of the time that reading their weights took. */
  ms: number;
}

export interface StreamedControl {
  signal?: AbortSignal;
  /** Receives the share of the stages done, 0 … 1. */
  onStage: (share: number) => void;
}

/** What runs the stages of a model, on the GPU (`GpuStages`) or on the CPU (`CpuStages`). */
export interface StageRunner {
  readonly compute: Compute;
  /** Runs batches through all stages, with the weights of one stage in memory. */
  run(
    weights: StreamedWeights,
    batches: readonly ScoredBatch[],
    control: StreamedControl,
  ): Promise<BatchResult[]>;
  /** Reads the head of some weights, and that of a baseline to compare with. */
  openHead(own: StreamedWeights, baseline?: StreamedWeights, signal?: AbortSignal): Promise<StageHead>;
  dispose(): void;
}

/** The heads in memory. */
export interface StageHead {
  /** Computes the losses of scored rows from their states [rows, width]. */
  losses(targets: Uint32Array, own: Float32Array, baseline?: Float32Array): AsyncIterable<RowLosses>;
  dispose(): void;
}

/** Share of a group's time that its stages take, for progress; the rest is the head's. */
const STAGES_SHARE = 0.9;

/**
 * Computes losses of models that are larger than memory. A group of batches runs through the model stage by stage: the weights of
 * one stage are read, all batches pass, and the next stage is read. Final states are in main memory, those of the baseline from one
 * measurement to the next.
 */
export class StreamedEngine implements LossEngine<StreamedWeights> {
  readonly runner: StageRunner;
  readonly layout: BatchLayout<StreamedWeights>;
  /** Number of batches that run together. */
  readonly group: number;
  readonly cached: StateCache<Float32Array>;

  /** @param cacheBytes bytes for the baseline's states */
  constructor(runner: StageRunner, layout: BatchLayout<StreamedWeights>, group: number, cacheBytes?: number) {
    this.runner = runner;
    this.layout = layout;
    this.group = group;
    this.cached = new StateCache(cacheBytes);
  }

  get compute(): Compute {
    return this.runner.compute;
  }

  open(job: LossJob<StreamedWeights>): LossPasses {
    return new StreamedPasses(this, job);
  }

  dispose(): void {
    this.cached.clear();
    this.runner.dispose();
  }
}

class StreamedPasses implements LossPasses {
  private readonly engine: StreamedEngine;
  private readonly job: LossJob<StreamedWeights>;
  private own = new Map<ScoredBatch, BatchResult>();
  private baseline = new Map<ScoredBatch, Float32Array>();
  private head: StageHead | undefined;

  constructor(engine: StreamedEngine, job: LossJob<StreamedWeights>) {
    this.engine = engine;
    this.job = job;
  }

  async forward(batch: ScoredBatch): Promise<number> {
    if (!this.own.has(batch)) await this.runGroup(batch);
    // A coarse clock may show no time at all for a tiny model.
    return (1000 * this.engine.layout.sequences) / Math.max(this.own.get(batch)!.ms, 1e-3);
  }

  keepStates(batch: ScoredBatch): Promise<void> {
    const { cached } = this.engine;
    const { states } = this.own.get(batch)!;
    if (cached.reserve(batch, states.byteLength)) cached.set(batch, states);
    return Promise.resolve();
  }

  async *losses(batch: ScoredBatch): AsyncGenerator<RowLosses> {
    const { engine, job } = this;
    const baseline = job.withBaseline ? engine.layout.baseline : undefined;
    this.head ??= await engine.runner.openHead(job.weights, baseline, job.signal);
    const base = engine.cached.get(batch) ?? this.baseline.get(batch);
    yield* this.head.losses(batch.targets, this.own.get(batch)!.states, job.withBaseline ? base : undefined);
  }

  dispose(): Promise<void> {
    this.head?.dispose();
    return Promise.resolve();
  }

  /** Runs the batches that begin with `first`. The heads leave memory before. */
  private async runGroup(first: ScoredBatch): Promise<void> {
    const { engine, job } = this;
    this.head?.dispose();
    this.head = undefined;
    const index = job.batches.indexOf(first);
    const group = job.batches.slice(index, index + engine.group);
    const missing = job.withBaseline ? group.filter((batch) => !engine.cached.get(batch)) : [];
    const passes = missing.length > 0 ? 2 : 1;
    const control = (pass: number): StreamedControl => ({
      signal: job.signal,
      onStage: (share) => this.report(index, group, (pass + share) / passes),
    });
    const own = await engine.runner.run(job.weights, group, control(0));
    this.own = new Map(group.map((batch, i) => [batch, own[i]]));
    const base = passes > 1 ? await engine.runner.run(engine.layout.baseline, missing, control(1)) : [];
    this.baseline = new Map(base.map(({ states }, i) => [missing[i], states]));
  }

  private report(first: number, group: readonly ScoredBatch[], share: number): void {
    const items = (batches: readonly ScoredBatch[]) => batches.reduce((sum, batch) => sum + batch.items, 0);
    const before = items(this.job.batches.slice(0, first));
    this.job.onProgress?.(before + STAGES_SHARE * share * items(group));
  }
}
