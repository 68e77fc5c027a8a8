import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import { throwIfAborted } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { ModelShape } from '../../models/architecture';
import { forwardFlops, headFlops } from '../../models/flops';
import type { Model } from '../../models/model';
import { Forward } from '../../runtime/forward/forward';
import { splitRows } from '../../runtime/linear/matrix';
import { referenceLogits } from '../../runtime/reference/logits';
import { wholeView } from '../../runtime/ops/context';
import { denseWeights, type ModelWeights } from '../../runtime/forward/weights';
import type { BenchContext } from '../context';
import { emitModel, type EmittedModel } from '../../onnx/emit';
import { peerCandidate } from '../peer/candidate';
import type { PeerRuntime } from '../peer/runtime';
import { compareResults } from '../reference';
import type { BenchCase, Candidate, Verdict } from '../types';

/** Number of tokens that are checked. The first logits of a causal model do not depend on later tokens. */
const CHECKED_TOKENS = 12;
/** Bound for float32 against float64 through all layers, relative to the largest logit. */
const LIMIT = 1e-4;

/** The seeded input of a forward pass, and its float64 reference. */
export class ForwardProblem {
  readonly model: Model;
  readonly sequences: number;
  readonly tokens: number;
  readonly input: Uint32Array | Float32Array;
  private reference: Promise<Float64Array> | undefined;

  constructor(model: Model, { tokens, images }: Pick<BenchContext, 'tokens' | 'images'>) {
    const { image, maxContext } = model.shape;
    this.model = model;
    this.sequences = image ? images : 1;
    this.tokens = image?.tokens ?? Math.min(tokens, maxContext);
    this.input = seededInput(model.shape, this.sequences, this.tokens);
  }

  /** Number of rows of logits, which are tokens or images. */
  get rows(): number {
    return this.model.shape.image ? this.sequences : this.tokens;
  }

  get flops(): number {
    const { shape } = this.model;
    return forwardFlops(shape, this.sequences, this.tokens) + headFlops(shape, this.rows);
  }

  get outputs(): number {
    return this.model.shape.program.head.outputs;
  }

  /** Number of leading rows of logits that the reference covers. */
  get checkedRows(): number {
    return this.model.shape.image ? 1 : Math.min(CHECKED_TOKENS, this.tokens);
  }

  /** Checks logits [rows, outputs] in the rows that the reference covers. */
  async verify(logits: Float32Array, signal?: AbortSignal): Promise<Verdict> {
    const expected = await this.referenceLogits(signal);
    const what = this.model.shape.image ? 'first image' : `first ${this.checkedRows} tokens`;
    const note = `logits of the ${what} against float64, relative to the largest`;
    return compareResults(logits.subarray(0, expected.length), expected, LIMIT, note);
  }

  /** Returns the float64 logits [checkedRows, outputs], computed once. */
  referenceLogits(signal?: AbortSignal): Promise<Float64Array> {
    const { shape } = this.model;
    const specs = new Map(shape.tensors.map((spec) => [spec.name, spec]));
    const input = { values: this.firstInput(), sequences: 1, length: this.checkedRows };
    const tensor = async (name: string) => {
      await nextTask();
      throwIfAborted(signal);
      return this.model.tensor(specs.get(name)!);
    };
    return (this.reference ??= referenceLogits(shape, tensor, input));
  }

  private firstInput(): Uint32Array | Float32Array {
    const { image } = this.model.shape;
    const count = image ? image.channels * image.size ** 2 : this.checkedRows;
    return this.input.subarray(0, count);
  }
}

/** Yields to the event loop, so that an abort is not delayed by plain loops. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function seededInput(shape: ModelShape, sequences: number, tokens: number): Uint32Array | Float32Array {
  const random = new KeyedRandom(5, 8);
  const { image, vocabulary } = shape;
  if (!image)
    return Uint32Array.from({ length: tokens }, (_, i) => Math.floor(random.uniformAt(i) * vocabulary));
  const count = sequences * image.channels * image.size ** 2;
  return Float32Array.from({ length: count }, (_, i) => 4 * random.uniformAt(i) - 2);
}

/** Returns a case of a model's forward pass up to the logits in float32, against the model as an ONNX graph in the peer. */
export function forwardCase(context: BenchContext, model: Model): BenchCase {
  const problem = new ForwardProblem(model, context);
  const peer = problem.flops <= context.peerForwardFlops ? context.peer : undefined;
  return {
    ...forwardLabels(problem),
    name: `forward ${model.id}`,
    ours: (signal) => ownForward(context, problem, signal),
    ...(peer && {
      peer: async (signal?: AbortSignal) =>
        peerForward(peer, problem, await emitModel(model, problem.tokens, signal)),
    }),
  };
}

/** Returns the peer's side: the model as an ONNX graph. */
export function peerForward(
  peer: PeerRuntime,
  problem: ForwardProblem,
  { bytes, input, output }: EmittedModel,
): Promise<Candidate> {
  return peerCandidate(peer, {
    bytes,
    inputs: [{ name: input, ...peerInput(problem) }],
    output: { name: output, dims: logitDims(problem) },
    operations: 1,
    verify: (logits, stop) => problem.verify(logits, stop),
  });
}

export function forwardLabels(problem: ForwardProblem): Pick<BenchCase, 'shape' | 'unit' | 'work'> {
  const { sequences, tokens, rows } = problem;
  return problem.model.shape.image
    ? { shape: `${sequences} images`, unit: 'images/s', work: rows }
    : { shape: `${tokens} tokens`, unit: 'tokens/s', work: rows };
}

function peerInput({ model, input, sequences, tokens }: ForwardProblem) {
  const { image } = model.shape;
  if (image)
    return { dims: [sequences, image.channels, image.size, image.size], values: input as Float32Array };
  return { dims: [sequences, tokens], values: BigInt64Array.from(Array.from(input, BigInt)) };
}

function logitDims({ model, sequences, tokens, outputs }: ForwardProblem): number[] {
  return model.shape.image ? [sequences, outputs] : [sequences, tokens, outputs];
}

/**
 * Returns our side: the recorded forward pass, and its head in tiles of the vocabulary that fit one binding.
 * @param openWeights uploads the weights that the pass multiplies by and then owns; default: those of the model, dense
 */
export async function ownForward(
  context: BenchContext,
  problem: ForwardProblem,
  signal?: AbortSignal,
  openWeights: WeightsOpener = (stop) => denseWeights(context.gpu, problem.model, stop, context.choose),
): Promise<Candidate> {
  const pass = new OwnForward(context, problem, openWeights);
  try {
    await pass.open(signal);
    return pass;
  } catch (error) {
    pass.dispose();
    throw error;
  }
}

/** Uploads the weights of a forward pass. */
type WeightsOpener = (signal?: AbortSignal) => Promise<ModelWeights>;

interface Tile {
  firstRow: number;
  rows: number;
  buffer: GPUBuffer;
}

class OwnForward implements Candidate {
  readonly name = 'ours';
  readonly timer = 'wall-clock';
  readonly operationsPerRepeat = 1;
  private readonly gpu: Gpu;
  private readonly openWeights: WeightsOpener;
  private readonly problem: ForwardProblem;
  private readonly scope: BufferScope;
  private readonly head: Recorder;
  private readonly tiles: Tile[] = [];
  private weights: ModelWeights | undefined;
  private forward: Forward | undefined;

  constructor({ gpu }: BenchContext, problem: ForwardProblem, openWeights: WeightsOpener) {
    this.gpu = gpu;
    this.openWeights = openWeights;
    this.problem = problem;
    this.scope = gpu.buffers.scope();
    this.head = gpu.recorder();
  }

  async open(signal?: AbortSignal): Promise<void> {
    const { gpu, problem } = this;
    const { model, sequences, tokens: length, rows, outputs } = problem;
    this.weights = await this.openWeights(signal);
    this.forward = await Forward.create(gpu, model.shape, this.weights, { sequences, length, signal });
    for (const range of splitRows(outputs, 4 * rows, gpu.maxBindingBytes)) {
      const buffer = this.scope.allocate(4 * rows * range.rows, 'benchmark logits');
      this.tiles.push({ ...range, buffer });
      await this.forward.recordHead(this.head, wholeView(buffer, range.rows), range);
    }
  }

  async verify(signal?: AbortSignal): Promise<Verdict> {
    await this.elapsed(1, signal);
    const { outputs, checkedRows } = this.problem;
    const logits = new Float32Array(checkedRows * outputs);
    for (const { buffer, firstRow, rows } of this.tiles) {
      const tile = new Float32Array(await this.gpu.stream.read(buffer, 4 * checkedRows * rows));
      for (let r = 0; r < checkedRows; r++)
        logits.set(tile.subarray(r * rows, (r + 1) * rows), r * outputs + firstRow);
    }
    return this.problem.verify(logits, signal);
  }

  async elapsed(repeats: number, signal?: AbortSignal): Promise<number> {
    const { stream } = this.gpu;
    await stream.idle(signal);
    const start = performance.now();
    for (let i = 0; i < repeats; i++) {
      await this.forward!.run(this.problem.input, signal);
      await stream.run(this.head.commands, signal);
    }
    await stream.idle(signal);
    return (performance.now() - start) / 1000;
  }

  dispose(): void {
    this.forward?.dispose();
    this.head.dispose();
    this.scope.dispose();
    this.weights?.dispose();
  }
}
