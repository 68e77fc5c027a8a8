import { throwIfAborted } from '../base/errors';
import { interpret } from '../models/architecture';
import { allSteps } from '../models/program';
import { Emitter } from './emit';
import { OnnxGraph } from './graph';
import {
  cacheNames,
  CachedPositions,
  LastPosition,
  POSITIONS_INPUT,
  type CacheSize,
  type Positions,
} from './positions';
import type { OnnxRuntime } from './runtime';
import { floatTensor, GraphSession, integerTensor, type Tensors } from './session';
import { ConstantWeights, type EmittableModel, type GraphWeights } from './weights';

/** A language model that appends tokens to a cache; the inputs and outputs are those of `CachedPositions`. */
interface DecoderGraph {
  bytes: Uint8Array;
}

/**
 * Writes a language model for generation: `input_ids` int64 [batch, time] after any number of earlier tokens. Output: `logits` float32
 * [batch, 1, vocabulary] of the token after the last. The weights are constants, since many runs use the same, and ONNX Runtime then
 * arranges them for its kernels once.
 * @throws LabError limit over 2 GiB; Cancelled
 */
function emitDecoder(model: EmittableModel, size: CacheSize, signal?: AbortSignal): Promise<DecoderGraph> {
  const graph = new OnnxGraph(model.id);
  return emitTokens(
    model,
    graph,
    [new ConstantWeights(graph, model), new CachedPositions(graph, size)],
    signal,
  );
}

/**
 * Writes one decoding step of a language model: `input_ids` int64 [batch, 1] after `past` earlier tokens; otherwise as a decoder's.
 * @param weightsIn makes the weights of a graph in another form
 * @throws LabError limit over 2 GiB; Cancelled
 */
export function emitStep(
  model: EmittableModel,
  past: number,
  signal?: AbortSignal,
  weightsIn: (graph: OnnxGraph) => GraphWeights = (graph) => new ConstantWeights(graph, model),
): Promise<DecoderGraph> {
  const graph = new OnnxGraph(model.id);
  const position = new LastPosition(graph, past, model.shape.cacheWidths);
  return emitTokens(model, graph, [weightsIn(graph), position], signal);
}

async function emitTokens(
  { shape }: EmittableModel,
  graph: OnnxGraph,
  [weights, positions]: readonly [GraphWeights, Positions],
  signal?: AbortSignal,
): Promise<DecoderGraph> {
  const { program } = shape;
  const emitter = new Emitter(graph, shape, weights, positions);
  emitter.declareInput();
  for (const step of allSteps(program)) {
    throwIfAborted(signal);
    await interpret([step], emitter);
  }
  const at = (n: number) => graph.integers([n]);
  const last = graph.node('Slice', [emitter.scoredStates(), at(-1), at(2 ** 31 - 1), at(1)]);
  graph.nodeTo('logits', 'Identity', [await weights.affine(last, program.head)]);
  graph.output('logits', 'float32', ['batch', 1, program.head.outputs]);
  return { bytes: graph.encode() };
}

/** The keys and values of one attention layer, [capacity, width], of which the first rows are filled. */
interface LayerCache {
  width: number;
  keys: Float32Array;
  values: Float32Array;
}

/** Runs a language model token by token by ONNX Runtime, with a float32 key/value cache of one sequence. */
export class OnnxDecoder {
  private readonly runtime: OnnxRuntime;
  private readonly session: GraphSession<DecoderGraph>;
  private readonly cache: readonly LayerCache[];
  private position = 0;

  private constructor(
    runtime: OnnxRuntime,
    session: GraphSession<DecoderGraph>,
    { widths, capacity }: CacheSize,
  ) {
    this.runtime = runtime;
    this.session = session;
    const rows = (width: number) => new Float32Array(capacity * width);
    this.cache = widths.map((width) => ({ width, keys: rows(width), values: rows(width) }));
  }

  /**
   * Loads a model. The caller disposes of the result.
   * @param promptLength number of tokens of the prefill
   * @param newTokens number of tokens generated after them, at least one
   * @throws LabError limit for more than 2 GiB of weights; unsupported with what the runtime says; Cancelled
   */
  static async create(
    runtime: OnnxRuntime,
    model: EmittableModel,
    promptLength: number,
    newTokens: number,
    signal?: AbortSignal,
  ): Promise<OnnxDecoder> {
    // The last token is not run.
    const capacity = promptLength + newTokens - 1;
    const size = { promptLength, capacity, widths: model.shape.cacheWidths };
    const session = await GraphSession.open(runtime, await emitDecoder(model, size, signal));
    return new OnnxDecoder(runtime, session, size);
  }

  /** Runs the prompt and returns the logits [vocabulary] of the token after it. */
  prefill(prompt: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    return this.run(prompt, signal);
  }

  /** Runs one more token and returns the logits [vocabulary] of the token after it. */
  step(id: number, signal?: AbortSignal): Promise<Float32Array> {
    return this.run([id], signal);
  }

  dispose(): void {
    void this.session.release();
  }

  private async run(tokens: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    throwIfAborted(signal);
    const { runtime, position } = this;
    const time = tokens.length;
    const positions = Uint32Array.from({ length: time }, (_, i) => position + i);
    const outputs = await this.session.run({
      input_ids: integerTensor(runtime, Uint32Array.from(tokens), [1, time]),
      [POSITIONS_INPUT]: integerTensor(runtime, positions, [time]),
      ...this.past(),
    });
    this.append(outputs);
    this.position += time;
    throwIfAborted(signal);
    return outputs.logits.data as Float32Array;
  }

  /** The filled rows of all caches, without copying them. */
  private past(): Tensors {
    const { runtime, position } = this;
    const tensors: Tensors = {};
    for (const [layer, { width, keys, values }] of this.cache.entries()) {
      const { pastKeys, pastValues } = cacheNames(layer);
      const filled = (rows: Float32Array) =>
        floatTensor(runtime, rows.subarray(0, position * width), [1, position, width]);
      tensors[pastKeys] = filled(keys);
      tensors[pastValues] = filled(values);
    }
    return tensors;
  }

  private append(outputs: Tensors): void {
    for (const [layer, { width, keys, values }] of this.cache.entries()) {
      const { newKeys, newValues } = cacheNames(layer);
      keys.set(outputs[newKeys].data as Float32Array, this.position * width);
      values.set(outputs[newValues].data as Float32Array, this.position * width);
    }
  }
}
