import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import type { Model } from '../../models/model';
import { emitStep } from '../../onnx/decoder';
import type { OnnxGraph } from '../../onnx/graph';
import { cacheNames } from '../../onnx/positions';
import type { GraphWeights } from '../../onnx/weights';
import { allocateCache } from '../../runtime/forward/cache';
import type { LayerCache } from '../../runtime/forward/gpuOps';
import { denseWeights, type ModelWeights } from '../../runtime/forward/weights';
import { recordTokens } from '../../runtime/generate/generate';
import type { ActivationView } from '../../runtime/linear/linear';
import { wholeView } from '../../runtime/ops/context';
import { referenceLogits } from '../../runtime/reference/logits';
import type { BenchContext } from '../context';
import { peerCandidate, type PeerInput } from '../peer/candidate';
import type { PeerRuntime } from '../peer/runtime';
import { compareResults } from '../reference';
import type { BenchCase, Candidate, Verdict } from '../types';
import { ForwardProblem } from './forward';
import { openInt4Model } from './int4Model';

/** Bound for float32 against float64 through all layers and a cache, relative to the largest logit. */
const LIMIT = 1e-4;

/**
 * Returns a case of one decoding step in float32: a token after a cache of earlier ones, up to its logits, which stay on the GPU. The
 * peer runs the same graph, whose inputs are the cached keys and values, and whose outputs are the new ones.
 */
export function decodeCase(context: BenchContext, model: Model): BenchCase {
  return stepCase(context, model, {
    upload: (stop) => denseWeights(context.gpu, model, stop, context.choose),
  });
}

/** Returns the same case of an int4 model, with MatMulNBits in the peer. */
export async function int4DecodeCase(
  context: BenchContext,
  model: Model,
  signal?: AbortSignal,
): Promise<BenchCase> {
  const { decoded, upload, weightsIn } = await openInt4Model(context, model, signal);
  return stepCase(context, decoded, { upload, weightsIn });
}

/** How each side gets its weights. */
interface StepWeights {
  upload: (signal?: AbortSignal) => Promise<ModelWeights>;
  weightsIn?: (graph: OnnxGraph) => GraphWeights;
}

function stepCase(context: BenchContext, model: Model, { upload, weightsIn }: StepWeights): BenchCase {
  const problem = new DecodeProblem(model, context);
  const { peer } = context;
  return {
    name: `decode ${model.id}`,
    shape: `1 token after ${problem.past}`,
    unit: 'tokens/s',
    work: 1,
    ours: (signal) => ownStep(context.gpu, problem, upload, signal),
    ...(peer && {
      peer: async (signal?: AbortSignal) =>
        peerStep(peer, problem, await emitStep(model, problem.past, signal, weightsIn)),
    }),
  };
}

/** The seeded tokens of a step, the cache before it, and the float64 logits after it. */
class DecodeProblem {
  readonly model: Model;
  readonly ids: Uint32Array;
  /** The keys and values of each layer, [past, width], once our side has computed them. */
  cache: readonly { keys: Float32Array; values: Float32Array }[] = [];

  constructor(model: Model, context: BenchContext) {
    this.model = model;
    this.ids = Uint32Array.from(new ForwardProblem(model, context).input);
  }

  get past(): number {
    return this.ids.length - 1;
  }

  async verify(logits: Float32Array): Promise<Verdict> {
    const { shape } = this.model;
    const specs = new Map(shape.tensors.map((spec) => [spec.name, spec]));
    const input = { values: this.ids, sequences: 1, length: this.ids.length };
    const all = await referenceLogits(shape, async (name) => this.model.tensor(specs.get(name)!), input);
    const note = 'logits after the token against float64, relative to the largest';
    return compareResults(logits, all.subarray(-logits.length), LIMIT, note);
  }
}

async function ownStep(
  gpu: Gpu,
  problem: DecodeProblem,
  upload: StepWeights['upload'],
  signal?: AbortSignal,
): Promise<Candidate> {
  const step = new OwnStep(gpu, problem, await upload(signal));
  try {
    await step.open(signal);
    return step;
  } catch (error) {
    step.dispose();
    throw error;
  }
}

class OwnStep implements Candidate {
  readonly name = 'ours';
  readonly timer = 'wall-clock';
  readonly operationsPerRepeat = 1;
  private readonly gpu: Gpu;
  private readonly problem: DecodeProblem;
  private readonly weights: ModelWeights;
  private readonly scope: BufferScope;
  private readonly recorder: Recorder;
  private readonly cache: LayerCache[];
  private readonly state: GPUBuffer;
  private readonly input: GPUBuffer;
  private readonly logits: ActivationView;

  constructor(gpu: Gpu, problem: DecodeProblem, weights: ModelWeights) {
    const { shape } = problem.model;
    const { outputs } = shape.program.head;
    this.gpu = gpu;
    this.problem = problem;
    this.weights = weights;
    this.scope = gpu.buffers.scope();
    this.recorder = gpu.recorder();
    this.cache = allocateCache(gpu, this.scope, shape, problem.ids.length);
    this.state = this.scope.allocate(4, 'position');
    this.input = this.scope.allocate(4 * problem.past, 'token ids');
    this.logits = wholeView(this.scope.allocate(4 * outputs, 'logits'), outputs);
  }

  /** Fills the cache and records the step. */
  async open(signal?: AbortSignal): Promise<void> {
    const { gpu, problem } = this;
    const { ids, past } = problem;
    const prefill = gpu.recorder();
    try {
      await this.record(prefill, past);
      gpu.buffers.write(this.input, ids.subarray(0, past));
      await gpu.stream.run(prefill.commands, signal);
      problem.cache = await Promise.all(
        this.cache.map(async ({ key, value }) => {
          const rows = async (buffer: GPUBuffer) =>
            new Float32Array(await gpu.stream.read(buffer, (buffer.size / ids.length) * past));
          return { keys: await rows(key), values: await rows(value) };
        }),
      );
      await this.record(this.recorder, 1);
      gpu.buffers.write(this.state, Uint32Array.of(past));
    } finally {
      prefill.dispose();
    }
  }

  async verify(signal?: AbortSignal): Promise<Verdict> {
    await this.elapsed(1, signal);
    return this.problem.verify(new Float32Array(await this.gpu.stream.read(this.logits.buffer)));
  }

  async elapsed(repeats: number, signal?: AbortSignal): Promise<number> {
    const { stream, buffers } = this.gpu;
    const id = this.problem.ids.subarray(-1);
    await stream.idle(signal);
    const start = performance.now();
    for (let i = 0; i < repeats; i++) {
      buffers.write(this.input, id);
      await stream.run(this.recorder.commands, signal);
    }
    await stream.idle(signal);
    return (performance.now() - start) / 1000;
  }

  dispose(): void {
    this.recorder.dispose();
    this.scope.dispose();
    this.weights.dispose();
  }

  private async record(recorder: Recorder, length: number): Promise<void> {
    const { gpu, scope, weights, cache, state, input, problem } = this;
    const { shape } = problem.model;
    const positions = { positions: problem.ids.length, together: problem.past };
    const tokens = { gpu, recorder, scope, shape, weights, cache, state, input, length, positions };
    await recordTokens(tokens, this.logits);
  }
}

function peerStep(
  peer: PeerRuntime,
  problem: DecodeProblem,
  { bytes }: { bytes: Uint8Array },
): Promise<Candidate> {
  const { cache, ids, past, model } = problem;
  const inputs = cache.flatMap(({ keys, values }, layer): PeerInput[] => {
    const { pastKeys, pastValues } = cacheNames(layer);
    const dims = [1, past, keys.length / past];
    return [
      { name: pastKeys, dims, values: keys },
      { name: pastValues, dims, values },
    ];
  });
  const token = BigInt64Array.of(BigInt(ids[past]));
  return peerCandidate(peer, {
    bytes,
    inputs: [{ name: 'input_ids', dims: [1, 1], values: token }, ...inputs],
    output: { name: 'logits', dims: [1, 1, model.shape.program.head.outputs] },
    operations: 1,
    verify: (logits) => problem.verify(logits),
  });
}
