import { LabError, throwIfAborted } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import { BASELINE, emitLosses, emitStates, type LossGraph, type StatesGraph } from '../onnx/lossGraphs';
import type { InferenceSession, OnnxRuntime, Tensor } from '../onnx/runtime';
import type { FedWeight } from '../onnx/weights';
import type { WeightsByName } from '../runtime/forward/weights';
import { DenseWeight } from '../runtime/linear/dense/dense';
import { readMatrix } from '../runtime/linear/matrix';
import { rowRuns, type ScoredBatch } from './batches';
import { CACHE_BYTES, type BatchLayout, type LossEngine, type LossJob, type LossPasses } from './engine';
import type { RowLosses } from './reduction';

/** Bytes that the logits of one run of the head may take. Several intermediate values are as large. */
const LOGIT_BYTES = 16 << 20;

type Feeds = Record<string, Tensor>;

/** A session, and the graph whose weights it is fed. */
interface Session<Graph> {
  graph: Graph;
  session: InferenceSession;
}

/**
 * Computes losses by ONNX Runtime on the CPU, from graphs that our own program writes. Weights are inputs of the graphs, so that one
 * session serves every codec. They come from the GPU, where they were decoded.
 */
export class CpuEngine implements LossEngine {
  readonly compute = 'cpu';
  readonly layout: BatchLayout;
  readonly runtime: OnnxRuntime;
  private readonly gpu: Gpu;
  private readonly kept = new Map<ScoredBatch, Float32Array>();
  private cacheLeft: number;
  private states: Promise<Session<StatesGraph>> | undefined;
  private readonly losses = new Map<boolean, Promise<Session<LossGraph>>>();
  private baseline: Promise<HostWeights> | undefined;

  /** @param cacheBytes bytes for the baseline's states */
  constructor(gpu: Gpu, runtime: OnnxRuntime, layout: BatchLayout, cacheBytes = CACHE_BYTES) {
    this.gpu = gpu;
    this.runtime = runtime;
    this.layout = layout;
    this.cacheLeft = cacheBytes;
  }

  open(job: LossJob): LossPasses {
    return new CpuPasses(this, job);
  }

  /** Returns the session of the forward pass before the head, made once. */
  statesSession(): Promise<Session<StatesGraph>> {
    const { shape, length } = this.layout;
    return (this.states ??= this.session(emitStates(shape, length)));
  }

  /** Returns the session of head and losses, made once with and once without a baseline. */
  lossSession(withBaseline: boolean): Promise<Session<LossGraph>> {
    let session = this.losses.get(withBaseline);
    if (!session)
      this.losses.set(withBaseline, (session = this.session(emitLosses(this.layout.shape, withBaseline))));
    return session;
  }

  /** Returns the baseline's weights, read back once. */
  baselineWeights(signal?: AbortSignal): Promise<HostWeights> {
    this.baseline ??= this.read(this.layout.baseline, signal);
    // A stopped run must not fail the next one.
    this.baseline.catch(() => (this.baseline = undefined));
    return this.baseline;
  }

  /** Whether the runtime can address the weights and all layers are dense: those that quantise their input run on the GPU only. */
  canRun(weights: WeightsByName): boolean {
    const { shape } = this.layout;
    if (4 * shape.parameters > (this.runtime.maxWeightBytes ?? Infinity)) return false;
    const layers = shape.tensors.filter(({ matrix }) => matrix[0] > 1);
    return layers.every(({ name }) => weights.linear(name) instanceof DenseWeight);
  }

  /** Reads dense weights back from the GPU. @throws Cancelled */
  async read(weights: WeightsByName, signal?: AbortSignal): Promise<HostWeights> {
    const values = new Map<string, Float32Array>();
    for (const { name } of this.layout.shape.tensors) {
      throwIfAborted(signal);
      values.set(name, await readMatrix(this.gpu.stream, weights.table(name)));
    }
    return new HostWeights(this.runtime, values);
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
    for (const session of [this.states, ...this.losses.values()])
      void session?.then((made) => made.session.release()).catch(() => undefined);
  }

  private async session<Graph extends { bytes: Uint8Array }>(
    emitted: Promise<Graph>,
  ): Promise<Session<Graph>> {
    const graph = await emitted;
    const { api, session } = this.runtime;
    return { graph, session: await this.attempt(api.InferenceSession.create(graph.bytes, session)) };
  }

  /** Waits for work of the runtime. @throws LabError unsupported with what the runtime says */
  async attempt<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      throw new LabError(
        'unsupported',
        `${this.runtime.name} cannot run this model: ${String(error)}`,
        'Measure on the adapter instead.',
        error,
      );
    }
  }
}

/** Weights in memory, as ONNX Runtime is fed them. */
class HostWeights {
  private readonly runtime: OnnxRuntime;
  private readonly values: ReadonlyMap<string, Float32Array>;

  constructor(runtime: OnnxRuntime, values: ReadonlyMap<string, Float32Array>) {
    this.runtime = runtime;
    this.values = values;
  }

  /** Makes the tensors of a session's inputs. @param prefix precedes each name of an input */
  feeds(inputs: readonly FedWeight[], prefix = ''): Feeds {
    return Object.fromEntries(
      inputs.map(({ name, dims }) => [
        prefix + name,
        new this.runtime.api.Tensor('float32', this.values.get(name)!, dims),
      ]),
    );
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
    const { shape } = this.engine.layout;
    const { width } = shape.program.hidden;
    const own = this.scored(batch, this.states);
    const base = this.job.withBaseline ? await this.baselineStates(batch) : undefined;
    const step = Math.max(1, Math.floor(LOGIT_BYTES / (4 * shape.program.head.outputs)));
    for (let first = 0; first < batch.targets.length; first += step) {
      throwIfAborted(this.job.signal);
      const targets = batch.targets.subarray(first, first + step);
      const rows = (states: Float32Array) => states.subarray(first * width, (first + targets.length) * width);
      yield await this.rowLosses(targets, rows(own), base && rows(base));
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

  /** Selects the scored rows [rows, width] from all states of a batch. */
  private scored({ segments, targets }: ScoredBatch, states: Float32Array): Float32Array {
    const { width } = this.engine.layout.shape.program.hidden;
    const packed = new Float32Array(targets.length * width);
    for (const { source, target, rows } of rowRuns(segments, 0, targets.length))
      packed.set(states.subarray(source * width, (source + rows) * width), target * width);
    return packed;
  }

  private async baselineStates(batch: ScoredBatch): Promise<Float32Array> {
    const kept = this.engine.statesOf(batch);
    if (kept) return kept;
    const baseline = await this.engine.baselineWeights(this.job.signal);
    return this.scored(batch, await this.run(baseline, await batch.input()));
  }

  private async run(weights: HostWeights, input: Uint32Array | Float32Array): Promise<Float32Array> {
    const { graph, session } = await this.engine.statesSession();
    throwIfAborted(this.job.signal);
    const feeds = { [graph.input]: this.inputTensor(input), ...weights.feeds(graph.weights) };
    const { states } = await this.engine.attempt(session.run(feeds));
    return states.data as Float32Array;
  }

  private inputTensor(input: Uint32Array | Float32Array): Tensor {
    const { shape, sequences, length } = this.engine.layout;
    const { Tensor } = this.engine.runtime.api;
    if (input instanceof Uint32Array)
      return new Tensor('int64', BigInt64Array.from(input, BigInt), [sequences, length]);
    const { channels, size } = shape.image!;
    return new Tensor('float32', input, [sequences, channels, size, size]);
  }

  private async rowLosses(
    targets: Uint32Array,
    own: Float32Array,
    base: Float32Array | undefined,
  ): Promise<RowLosses> {
    const { graph, session } = await this.engine.lossSession(base !== undefined);
    const { Tensor } = this.engine.runtime.api;
    const rows = targets.length;
    const states = (values: Float32Array) => new Tensor('float32', values, [rows, values.length / rows]);
    const weights = await this.weights();
    const feeds = {
      targets: new Tensor('int64', BigInt64Array.from(targets, BigInt), [rows, 1]),
      states: states(own),
      ...weights.feeds(graph.weights),
      ...(base && { [`${BASELINE}states`]: states(base) }),
      ...(base && (await this.engine.baselineWeights()).feeds(graph.baselineWeights, BASELINE)),
    };
    const outputs = await this.engine.attempt(session.run(feeds));
    const floats = (name: string) => outputs[name].data as Float32Array;
    const [sum, targetLogit] = [floats('sum'), floats('targetLogit')];
    return {
      nll: Float64Array.from({ length: rows }, (_, r) => Math.log(sum[r]) - targetLogit[r]),
      top: Uint32Array.from(outputs.top.data as BigInt64Array, Number),
      ...(base && { kl: divergences(sum, floats(`${BASELINE}sum`), floats('gap')) }),
    };
  }
}

/**
 * KL(p ‖ q) = Σ p·(a − b) + ln Σexp(b) − ln Σexp(a), where each row's logits are relative to their largest.
 * What rounding leaves below zero is zero: a divergence cannot be negative.
 */
function divergences(sum: Float32Array, baselineSum: Float32Array, gap: Float32Array): Float64Array {
  return Float64Array.from(gap, (value, r) =>
    Math.max(0, value / baselineSum[r] + Math.log(sum[r] / baselineSum[r])),
  );
}
