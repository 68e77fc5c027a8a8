import type { ModelShape } from '../models/architecture';
import type { InputRounding } from '../models/inputRounding';
import { roundingFeeds } from '../onnx/inputRounding';
import { BASELINE, emitLosses, type FedGraph, type LossGraph } from '../onnx/lossGraphs';
import type { OnnxRuntime, Tensor } from '../onnx/runtime';
import { floatTensor, GraphSession, integerTensor, type Tensors } from '../onnx/session';
import { weightFeeds } from '../onnx/weights';
import { rowRuns, type ScoredBatch } from './batches';
import type { EvaluatedMetrics } from './engine';
import type { RowLosses } from './reduction';
import { rowUncertainty, type RowUncertainty } from './uncertainty';

/** Bytes that the logits of one run of the head may take. Several intermediate values are as large. */
const LOGIT_BYTES = 16 << 20;

/** The sessions that ONNX Runtime runs a model's graphs with, the graphs of the losses among them. */
export class CpuSessions {
  readonly runtime: OnnxRuntime;
  readonly shape: ModelShape;
  readonly metrics: EvaluatedMetrics;
  /** Sessions of head and losses, by what they compute. */
  private readonly losses = new Map<string, Promise<GraphSession<LossGraph>>>();
  private readonly made: Promise<GraphSession<{ bytes: Uint8Array }>>[] = [];

  constructor(runtime: OnnxRuntime, { shape, metrics }: { shape: ModelShape; metrics: EvaluatedMetrics }) {
    this.runtime = runtime;
    this.shape = shape;
    this.metrics = metrics;
  }

  /** Makes the session of a graph. @throws LabError unsupported with what the runtime says */
  create<Graph extends { bytes: Uint8Array }>(emitted: Promise<Graph>): Promise<GraphSession<Graph>> {
    const made = emitted.then((graph) => GraphSession.open(this.runtime, graph));
    this.made.push(made);
    return made;
  }

  /** Returns the session of head and losses, made once with and once without a baseline, and again for heads that round. */
  lossSession({ rounding }: HostWeights, withBaseline: boolean): Promise<GraphSession<LossGraph>> {
    const { shape, metrics } = this;
    const key = `${withBaseline} ${rounding.has(shape.program.head.weight)}`;
    let session = this.losses.get(key);
    if (!session) {
      const outputs = {
        withBaseline,
        withUncertainty: metrics === 'uncertainty',
        withRank: metrics === 'rank',
      };
      this.losses.set(key, (session = this.create(emitLosses(shape, outputs, rounding))));
    }
    return session;
  }

  dispose(): void {
    for (const made of this.made) void made.then((session) => session.release()).catch(() => undefined);
  }
}

/** Weights in main memory, as ONNX Runtime is fed them. */
export class HostWeights {
  /** How some layers round their input, by the names of their weights. */
  readonly rounding: ReadonlyMap<string, InputRounding>;
  private readonly runtime: OnnxRuntime;
  private readonly values: ReadonlyMap<string, Float32Array>;

  constructor(
    runtime: OnnxRuntime,
    values: ReadonlyMap<string, Float32Array>,
    rounding: ReadonlyMap<string, InputRounding> = new Map(),
  ) {
    this.runtime = runtime;
    this.values = values;
    this.rounding = rounding;
  }

  /** Makes the tensors of a graph's inputs. */
  feeds({ weights, rounded }: Pick<FedGraph, 'weights' | 'rounded'>): Tensors {
    return {
      ...weightFeeds(this.runtime, weights, this.values),
      ...roundingFeeds(this.runtime, rounded, this.rounding),
    };
  }
}

/** A batch's input as ONNX Runtime takes it: token ids as int64 [sequences, length], or pixels. */
export function inputTensor(
  { runtime, shape }: CpuSessions,
  input: Uint32Array | Float32Array,
  { sequences, length }: { sequences: number; length: number },
): Tensor {
  if (input instanceof Uint32Array) return integerTensor(runtime, input, [sequences, length]);
  const { channels, size } = shape.image!;
  return floatTensor(runtime, input, [sequences, channels, size, size]);
}

/** Selects the scored rows [rows, width] from all states of a batch. */
export function scoredRows(
  { segments, targets }: ScoredBatch,
  states: Float32Array,
  width: number,
): Float32Array {
  const packed = new Float32Array(targets.length * width);
  for (const { source, target, rows } of rowRuns(segments, 0, targets.length))
    packed.set(states.subarray(source * width, (source + rows) * width), target * width);
  return packed;
}

/** The scored states [rows, width] of one model, and the weights of its head. */
export interface HeadInput {
  states: Float32Array;
  weights: HostWeights;
}

/** Computes the losses of scored rows, some at a time. @param base the baseline to compare with */
export async function* lossesOfRows(
  sessions: CpuSessions,
  targets: Uint32Array,
  own: HeadInput,
  base?: HeadInput,
): AsyncGenerator<RowLosses> {
  const { outputs } = sessions.shape.program.head;
  const step = Math.max(1, Math.floor(LOGIT_BYTES / (4 * outputs)));
  for (let first = 0; first < targets.length; first += step) {
    const part = targets.subarray(first, first + step);
    const rows = ({ states, weights }: HeadInput): HeadInput => {
      const width = states.length / targets.length;
      return { states: states.subarray(first * width, (first + part.length) * width), weights };
    };
    yield await rowLosses(sessions, part, rows(own), base && rows(base));
  }
}

async function rowLosses(
  sessions: CpuSessions,
  targets: Uint32Array,
  own: HeadInput,
  base?: HeadInput,
): Promise<RowLosses> {
  const session = await sessions.lossSession(own.weights, base !== undefined);
  const { graph } = session;
  const { runtime } = sessions;
  const rows = targets.length;
  const states = (values: Float32Array) => floatTensor(runtime, values, [rows, values.length / rows]);
  const outputs = await session.run({
    targets: integerTensor(runtime, targets, [rows, 1]),
    states: states(own.states),
    ...own.weights.feeds(graph),
    ...(base && { [`${BASELINE}states`]: states(base.states) }),
    ...base?.weights.feeds({ weights: graph.baselineWeights, rounded: [] }),
  });
  const floats = (name: string) => outputs[name].data as Float32Array;
  const [sum, targetLogit] = [floats('sum'), floats('targetLogit')];
  return {
    nll: Float64Array.from({ length: rows }, (_, r) => Math.log(sum[r]) - targetLogit[r]),
    top: Uint32Array.from(outputs.top.data as BigInt64Array, Number),
    ...(base && { kl: divergences(sum, floats(`${BASELINE}sum`), floats('gap')) }),
    ...(sessions.metrics === 'uncertainty' && {
      uncertainty: uncertainties(sum, floats('moment'), floats('second')),
    }),
    ...(sessions.metrics === 'rank' && { rank: Uint32Array.from(floats('larger'), (count) => count + 1) }),
  };
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

/** The second largest logit is relative to the largest of its row. */
function uncertainties(sum: Float32Array, moment: Float32Array, second: Float32Array): RowUncertainty {
  return rowUncertainty(sum.length, (row) => ({ sum: sum[row], moment: moment[row], gap: -second[row] }));
}
