import { throwIfAborted } from '../base/errors';
import { emitStates, type StatesGraph } from '../onnx/lossGraphs';
import type { OnnxRuntime } from '../onnx/runtime';
import type { GraphSession } from '../onnx/session';
import type { WeightValues } from '../runtime/forward/weights';
import type { ScoredBatch } from './batches';
import { CpuSessions, HostWeights, inputTensor, lossesOfRows, scoredRows } from './cpuSessions';
import type { BatchLayout, LossEngine, LossJob, LossPasses } from './engine';
import { readWeights } from './readWeights';
import type { RowLosses } from './reduction';
import { StateCache } from './stateCache';

/**
 * Computes losses by ONNX Runtime on the CPU, from graphs that our own program writes. Weights are inputs of the graphs, so that one
 * session serves every codec.
 */
export class CpuEngine implements LossEngine {
  readonly compute = 'cpu';
  readonly layout: BatchLayout;
  readonly sessions: CpuSessions;
  readonly cached: StateCache<Float32Array>;
  /** Sessions of the forward pass, by the layers that round their input. */
  private readonly states = new Map<string, Promise<GraphSession<StatesGraph>>>();
  private baseline: Promise<HostWeights> | undefined;

  /** @param cacheBytes bytes for the baseline's states */
  constructor(runtime: OnnxRuntime, layout: BatchLayout, cacheBytes?: number) {
    this.layout = layout;
    this.sessions = new CpuSessions(runtime, layout);
    this.cached = new StateCache(cacheBytes);
  }

  open(job: LossJob): LossPasses {
    return new CpuPasses(this, job);
  }

  /** Returns the session of the forward pass before the head, made once for all weights whose layers round alike. */
  statesSession({ rounding }: HostWeights): Promise<GraphSession<StatesGraph>> {
    const { shape, length } = this.layout;
    const key = [...rounding.keys()].join('\n');
    let session = this.states.get(key);
    if (!session) this.states.set(key, (session = this.sessions.create(emitStates(shape, length, rounding))));
    return session;
  }

  /** Returns the baseline's weights, read back once. */
  baselineWeights(signal?: AbortSignal): Promise<HostWeights> {
    this.baseline ??= this.read(this.layout.baseline, signal);
    // A stopped run must not fail the next one.
    this.baseline.catch(() => (this.baseline = undefined));
    return this.baseline;
  }

  /** Whether the runtime can address the weights. */
  canRun(): boolean {
    return 4 * this.layout.shape.parameters <= (this.sessions.runtime.maxWeightBytes ?? Infinity);
  }

  /** Reads weights, from the GPU if they are there. @throws Cancelled */
  async read(weights: WeightValues, signal?: AbortSignal): Promise<HostWeights> {
    const { values, rounding } = await readWeights(this.layout.shape, weights, signal);
    return new HostWeights(this.sessions.runtime, values, rounding);
  }

  dispose(): void {
    this.cached.clear();
    this.sessions.dispose();
  }
}

class CpuPasses implements LossPasses {
  private readonly engine: CpuEngine;
  private readonly job: LossJob;
  private own: Promise<HostWeights> | undefined;
  /** All states of the last forward pass [rows, width], padding included. */
  private states: Float32Array = new Float32Array(0);

  constructor(engine: CpuEngine, job: LossJob) {
    this.engine = engine;
    this.job = job;
  }

  async forward(batch: ScoredBatch): Promise<number> {
    const weights = await this.weights();
    const input = await batch.input();
    await this.engine.statesSession(weights);
    const begun = performance.now();
    this.states = await this.run(weights, input);
    return (1000 * this.engine.layout.sequences) / Math.max(performance.now() - begun, 1e-3);
  }

  async keepStates(batch: ScoredBatch): Promise<void> {
    const { cached } = this.engine;
    const states = this.scored(batch, this.states);
    if (cached.reserve(batch, states.byteLength)) cached.set(batch, states);
  }

  async *losses(batch: ScoredBatch): AsyncGenerator<RowLosses> {
    const { signal, withBaseline } = this.job;
    const own = { states: this.scored(batch, this.states), weights: await this.weights() };
    const base = withBaseline
      ? { states: await this.baselineStates(batch), weights: await this.engine.baselineWeights(signal) }
      : undefined;
    throwIfAborted(signal);
    for await (const losses of lossesOfRows(this.engine.sessions, batch.targets, own, base)) {
      throwIfAborted(signal);
      yield losses;
    }
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  private weights(): Promise<HostWeights> {
    const { weights, signal } = this.job;
    if (weights === this.engine.layout.baseline) return this.engine.baselineWeights(signal);
    return (this.own ??= this.engine.read(weights, signal));
  }

  private scored(batch: ScoredBatch, states: Float32Array): Float32Array {
    return scoredRows(batch, states, this.engine.layout.shape.program.hidden.width);
  }

  private async baselineStates(batch: ScoredBatch): Promise<Float32Array> {
    const kept = this.engine.cached.get(batch);
    if (kept) return kept;
    const baseline = await this.engine.baselineWeights(this.job.signal);
    return this.scored(batch, await this.run(baseline, await batch.input()));
  }

  private async run(weights: HostWeights, input: Uint32Array | Float32Array): Promise<Float32Array> {
    const { sessions, layout } = this.engine;
    const session = await this.engine.statesSession(weights);
    throwIfAborted(this.job.signal);
    const { graph } = session;
    const feeds = { [graph.input]: inputTensor(sessions, input, layout), ...weights.feeds(graph) };
    const { states } = await session.run(feeds);
    return states.data as Float32Array;
  }
}
