import { throwIfAborted } from '../base/errors';
import { emitStates, type StatesGraph } from '../onnx/lossGraphs';
import type { OnnxRuntime } from '../onnx/runtime';
import type { GraphSession } from '../onnx/session';
import { isOnGpu, type WeightValues } from '../runtime/forward/weights';
import { DenseWeight } from '../runtime/linear/dense/dense';
import type { ScoredBatch } from './batches';
import { CpuSessions, HostWeights, inputTensor, lossesOfRows, scoredRows } from './cpuSessions';
import { CACHE_BYTES, type BatchLayout, type LossEngine, type LossJob, type LossPasses } from './engine';
import type { RowLosses } from './reduction';

/**
 * Computes losses by ONNX Runtime on the CPU, from graphs that our own program writes. WeightValues are inputs of the graphs, so that one
 * session serves every codec.
 */
export class CpuEngine implements LossEngine {
  readonly compute = 'cpu';
  readonly layout: BatchLayout;
  readonly sessions: CpuSessions;
  private readonly kept = new Map<ScoredBatch, Float32Array>();
  private cacheLeft: number;
  private states: Promise<GraphSession<StatesGraph>> | undefined;
  private baseline: Promise<HostWeights> | undefined;

  /** @param cacheBytes bytes for the baseline's states */
  constructor(runtime: OnnxRuntime, layout: BatchLayout, cacheBytes = CACHE_BYTES) {
    this.layout = layout;
    this.sessions = new CpuSessions(runtime, layout.shape);
    this.cacheLeft = cacheBytes;
  }

  open(job: LossJob): LossPasses {
    return new CpuPasses(this, job);
  }

  /** Returns the session of the forward pass before the head, made once. */
  statesSession(): Promise<GraphSession<StatesGraph>> {
    const { shape, length } = this.layout;
    return (this.states ??= this.sessions.create(emitStates(shape, length)));
  }

  /** Returns the baseline's weights, read back once. */
  baselineWeights(signal?: AbortSignal): Promise<HostWeights> {
    this.baseline ??= this.read(this.layout.baseline, signal);
    // A stopped run must not fail the next one.
    this.baseline.catch(() => (this.baseline = undefined));
    return this.baseline;
  }

  /** Whether the runtime can address the weights and all layers are dense: those that quantise their input run on the GPU only. */
  canRun(weights: WeightValues): boolean {
    const { shape } = this.layout;
    if (4 * shape.parameters > (this.sessions.runtime.maxWeightBytes ?? Infinity)) return false;
    if (!isOnGpu(weights)) return true;
    const layers = shape.tensors.filter(({ matrix }) => matrix[0] > 1);
    return layers.every(({ name }) => weights.linear(name) instanceof DenseWeight);
  }

  /** Reads dense weights, from the GPU if they are there. @throws Cancelled */
  async read(weights: WeightValues, signal?: AbortSignal): Promise<HostWeights> {
    const values = new Map<string, Float32Array>();
    for (const { name } of this.layout.shape.tensors) {
      throwIfAborted(signal);
      values.set(name, await weights.values(name));
    }
    return new HostWeights(this.sessions.runtime, values);
  }

  /** Returns the baseline's scored states of a batch [rows, width]; undefined if they did not fit. */
  statesOf(batch: ScoredBatch): Float32Array | undefined {
    return this.kept.get(batch);
  }

  keep(batch: ScoredBatch, states: Float32Array): void {
    if (this.kept.has(batch) || states.byteLength > this.cacheLeft) return;
    this.cacheLeft -= states.byteLength;
    this.kept.set(batch, states);
  }

  dispose(): void {
    this.kept.clear();
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
    await this.engine.statesSession();
    const begun = performance.now();
    this.states = await this.run(weights, input);
    return (1000 * this.engine.layout.sequences) / Math.max(performance.now() - begun, 1e-3);
  }

  async keepStates(batch: ScoredBatch): Promise<void> {
    this.engine.keep(batch, this.scored(batch, this.states));
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
    const kept = this.engine.statesOf(batch);
    if (kept) return kept;
    const baseline = await this.engine.baselineWeights(this.job.signal);
    return this.scored(batch, await this.run(baseline, await batch.input()));
  }

  private async run(weights: HostWeights, input: Uint32Array | Float32Array): Promise<Float32Array> {
    const { sessions, layout } = this.engine;
    const session = await this.engine.statesSession();
    throwIfAborted(this.job.signal);
    const { graph } = session;
    const feeds = { [graph.input]: inputTensor(sessions, input, layout), ...weights.feeds(graph.weights) };
    const { states } = await session.run(feeds);
    return states.data as Float32Array;
  }
}
