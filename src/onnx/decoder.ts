import { throwIfAborted } from '../base/errors';
import { interpret } from '../models/architecture';
import { allSteps, stepsOf } from '../models/program';
import { dependsOnLength } from '../models/rotary';
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

/** The keys and values of one attention layer, [sequences, capacity, width], of which the first rows of each sequence are filled. */
interface LayerCache {
  width: number;
  keys: Float32Array;
  values: Float32Array;
}

/** Number of sequences, and number of tokens of each that fit. */
interface BatchSize {
  sequences: number;
  capacity: number;
}

/** Runs a language model token by token by ONNX Runtime, with a float32 key/value cache of sequences of one length. */
export class OnnxDecoder {
  private readonly runtime: OnnxRuntime;
  private readonly session: GraphSession<DecoderGraph>;
  private readonly cache: readonly LayerCache[];
  private readonly size: BatchSize;
  private readonly onDispose: () => void;
  private position = 0;

  /** @param onDispose frees the session, if nothing else uses it */
  constructor(
    runtime: OnnxRuntime,
    session: GraphSession<DecoderGraph>,
    widths: readonly number[],
    size: BatchSize,
    onDispose: () => void = () => undefined,
  ) {
    this.runtime = runtime;
    this.session = session;
    this.size = size;
    this.onDispose = onDispose;
    const rows = (width: number) => new Float32Array(size.sequences * size.capacity * width);
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
    sequences = 1,
  ): Promise<OnnxDecoder> {
    // The last token is not run.
    const capacity = promptLength + newTokens - 1;
    const widths = model.shape.cacheWidths;
    const session = await openSession(runtime, model, { promptLength, capacity, widths }, signal);
    return new OnnxDecoder(runtime, session, widths, { sequences, capacity }, () => void session.release());
  }

  /** Runs the prompts [sequences, promptLength] and returns the logits [sequences, vocabulary] of the tokens after them. */
  prefill(prompts: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    return this.run(prompts, signal);
  }

  /** Runs one more token of each sequence and returns the logits [sequences, vocabulary] of the tokens after them. */
  step(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    return this.run(ids, signal);
  }

  dispose(): void {
    this.onDispose();
  }

  private async run(tokens: readonly number[], signal?: AbortSignal): Promise<Float32Array> {
    throwIfAborted(signal);
    const { runtime, position, size } = this;
    const time = tokens.length / size.sequences;
    const positions = Uint32Array.from({ length: time }, (_, i) => position + i);
    const outputs = await this.session.run({
      input_ids: integerTensor(runtime, Uint32Array.from(tokens), [size.sequences, time]),
      [POSITIONS_INPUT]: integerTensor(runtime, positions, [time]),
      ...this.past(),
    });
    this.append(outputs, time);
    this.position += time;
    throwIfAborted(signal);
    return outputs.logits.data as Float32Array;
  }

  /** The filled rows of all caches, [sequences, position, width]. */
  private past(): Tensors {
    const { runtime, position, size } = this;
    const tensors: Tensors = {};
    for (const [layer, { width, keys, values }] of this.cache.entries()) {
      const { pastKeys, pastValues } = cacheNames(layer);
      const filled = (rows: Float32Array) =>
        floatTensor(runtime, this.filledRows(rows, width), [size.sequences, position, width]);
      tensors[pastKeys] = filled(keys);
      tensors[pastValues] = filled(values);
    }
    return tensors;
  }

  /** The filled rows of one sequence are a view; those of several are copied together. */
  private filledRows(rows: Float32Array, width: number): Float32Array {
    const { sequences, capacity } = this.size;
    const length = this.position * width;
    if (sequences === 1) return rows.subarray(0, length);
    const packed = new Float32Array(sequences * length);
    for (let s = 0; s < sequences; s++) {
      const start = s * capacity * width;
      packed.set(rows.subarray(start, start + length), s * length);
    }
    return packed;
  }

  private append(outputs: Tensors, time: number): void {
    const { sequences, capacity } = this.size;
    for (const [layer, { width, keys, values }] of this.cache.entries()) {
      const { newKeys, newValues } = cacheNames(layer);
      for (const [rows, name] of [[keys, newKeys] as const, [values, newValues] as const]) {
        const added = outputs[name].data as Float32Array;
        for (let s = 0; s < sequences; s++)
          rows.set(
            added.subarray(s * time * width, (s + 1) * time * width),
            (s * capacity + this.position) * width,
          );
      }
    }
  }
}

/**
 * Opens decoders of one model one after the other. They share a session, which holds the weights, as long as it has room for them and
 * the frequencies of rotary embeddings do not depend on the length of the sequence.
 */
export class OnnxDecoders {
  private readonly runtime: OnnxRuntime;
  private readonly model: EmittableModel;
  private shared: { session: GraphSession<DecoderGraph>; capacity: number } | undefined;

  constructor(runtime: OnnxRuntime, model: EmittableModel) {
    this.runtime = runtime;
    this.model = model;
  }

  /** Opens a decoder as `OnnxDecoder.create` does. It must be disposed of before the next one is opened. */
  async open(
    promptLength: number,
    newTokens: number,
    signal?: AbortSignal,
    sequences = 1,
  ): Promise<OnnxDecoder> {
    const { runtime, model } = this;
    const { cacheWidths: widths, program } = model.shape;
    const capacity = promptLength + newTokens - 1;
    if (stepsOf(program, 'rotary').some(dependsOnLength))
      return OnnxDecoder.create(runtime, model, promptLength, newTokens, signal, sequences);
    if (!this.shared || this.shared.capacity < capacity) {
      await this.dispose();
      const session = await openSession(runtime, model, { promptLength, capacity, widths }, signal);
      this.shared = { session, capacity };
    }
    return new OnnxDecoder(runtime, this.shared.session, widths, { sequences, capacity });
  }

  async dispose(): Promise<void> {
    await this.shared?.session.release();
    this.shared = undefined;
  }
}

async function openSession(
  runtime: OnnxRuntime,
  model: EmittableModel,
  size: CacheSize,
  signal?: AbortSignal,
): Promise<GraphSession<DecoderGraph>> {
  return GraphSession.open(runtime, await emitDecoder(model, size, signal));
}
