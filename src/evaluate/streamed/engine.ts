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
  readonly cached: StateCache<BatchResult>;

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
  private baseline = new Map<ScoredBatch, BatchResult>();
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
    const result = this.own.get(batch)!;
    if (cached.reserve(batch, result.states.byteLength)) cached.set(batch, result);
    return Promise.resolve();
  }

  async *losses(batch: ScoredBatch): AsyncGenerator<RowLosses> {
    const { engine, job } = this;
    const baseline = job.withBaseline ? engine.layout.baseline : undefined;
    this.head ??= await engine.runner.openHead(job.weights, baseline, job.signal);
    const base = engine.cached.get(batch) ?? this.baseline.get(batch);
    const baseStates = job.withBaseline ? base?.states : undefined;
    yield* this.head.losses(batch.targets, this.own.get(batch)!.states, baseStates);
  }

  dispose(): Promise<void> {
    this.head?.dispose();
    return Promise.resolve();
  }

  /** Runs the batches that begin with `first`, unless their states are kept. The heads leave memory before. */
  private async runGroup(first: ScoredBatch): Promise<void> {
    const { engine, job } = this;
    this.head?.dispose();
    this.head = undefined;
    const index = job.batches.indexOf(first);
    const group = job.batches.slice(index, index + engine.group);
    const isBaseline = job.weights === engine.layout.baseline;
    const known = group.filter((batch) => engine.cached.get(batch));
    const missing = group.filter((batch) => !known.includes(batch));
    const own = isBaseline ? missing : group;
    const base = job.withBaseline && !isBaseline ? missing : [];
    const passes = base.length > 0 ? 2 : 1;
    const onStage = (pass: number) => (share: number) => this.report(index, group, (pass + share) / passes);
    this.own = await this.run(job.weights, own, onStage(0));
    if (isBaseline) for (const batch of known) this.own.set(batch, engine.cached.get(batch)!);
    this.baseline = isBaseline ? this.own : await this.run(engine.layout.baseline, base, onStage(1));
  }

  private async run(
    weights: StreamedWeights,
    batches: readonly ScoredBatch[],
    onStage: StreamedControl['onStage'],
  ): Promise<Map<ScoredBatch, BatchResult>> {
    if (batches.length === 0) return new Map();
    const results = await this.engine.runner.run(weights, batches, { signal: this.job.signal, onStage });
    return new Map(batches.map((batch, i) => [batch, results[i]]));
  }

  private report(first: number, group: readonly ScoredBatch[], share: number): void {
    const items = (batches: readonly ScoredBatch[]) => batches.reduce((sum, batch) => sum + batch.items, 0);
    const before = items(this.job.batches.slice(0, first));
    this.job.onProgress?.(before + STAGES_SHARE * share * items(group));
  }
}
