import { floatsToHalves, roundToHalf } from '../../base/float16';
import { throwIfAborted } from '../../base/errors';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { allSteps } from '../../models/program';
import { emitModel } from '../../onnx/emit';
import type { OnnxGraph } from '../../onnx/graph';
import { nbitsProduct } from '../../onnx/nbits';
import { ConstantWeights, type GraphWeights } from '../../onnx/weights';
import type { LinearWeight } from '../../runtime/linear/linear';
import { releaseMatrix, uploadMatrix, type DenseMatrix } from '../../runtime/linear/matrix';
import { packedIntegerLinear } from '../../runtime/linear/packed/packedLinear';
import { weightsFrom, type ModelWeights } from '../../runtime/forward/weights';
import type { BenchContext } from '../context';
import type { BenchCase } from '../types';
import { forwardLabels, ForwardProblem, ownForward, peerForward } from './forward';
import { halfScales } from './gemmPeer';
import { INTEGER_GROUP, packedRows } from './lowBit';

/** A model whose linear layers have int4 weights in groups of 32. Embeddings and head stay float32. */
export interface Int4Model {
  /** The model with the weights that the codes represent. */
  decoded: Model;
  /** Uploads the weights as codes. The caller disposes of them. */
  upload: () => Promise<ModelWeights>;
  /** Makes the weights of a graph in the peer, with MatMulNBits. */
  weightsIn: (graph: OnnxGraph) => GraphWeights;
}

/** Rounds the linear layers of a model to int4. */
export async function openInt4Model(
  context: BenchContext,
  model: Model,
  signal?: AbortSignal,
): Promise<Int4Model> {
  const { matrices, decoded } = await int4Model(model, signal);
  return {
    decoded,
    upload: () => uploadInt4(context, decoded, matrices),
    weightsIn: (graph) => new Int4Weights(graph, decoded, matrices),
  };
}

/** Returns a case of the forward pass of an int4 model up to the logits, against the same graph in the peer. */
export async function int4ForwardCase(
  context: BenchContext,
  model: Model,
  signal?: AbortSignal,
): Promise<BenchCase> {
  const { decoded, upload, weightsIn } = await openInt4Model(context, model, signal);
  const problem = new ForwardProblem(decoded, context);
  const { peer } = context;
  return {
    ...forwardLabels(problem),
    name: `forward int4 ${model.id}`,
    ours: (stop) => ownForward(context, problem, stop, upload),
    ...(peer && {
      peer: async (stop?: AbortSignal) =>
        peerForward(peer, problem, await emitModel(decoded, problem.tokens, stop, weightsIn)),
    }),
  };
}

/** A matrix [N, K] as codes of 4 bits. */
interface Int4Matrix {
  shape: readonly [n: number, k: number];
  /** A byte each. */
  codes: Uint8Array;
  /** float16 bits [N, groups per row]. */
  scales: Uint8Array;
}

/** Rounds the linear layers of a model. @returns them by name, and the model with the weights that they represent */
async function int4Model(
  model: Model,
  signal?: AbortSignal,
): Promise<{ matrices: Map<string, Int4Matrix>; decoded: Model }> {
  const { shape } = model;
  const layers = new Set(
    allSteps(shape.program).flatMap((step) => (step.op === 'linear' ? [step.weight] : [])),
  );
  const matrices = new Map<string, Int4Matrix>();
  const values = new Map<string, Float32Array>();
  for (const spec of shape.tensors) {
    throwIfAborted(signal);
    if (!layers.has(spec.name)) continue;
    const { matrix, decoded } = rounded(await model.tensor(spec), spec.matrix);
    matrices.set(spec.name, matrix);
    values.set(spec.name, decoded);
  }
  const tensor = async (spec: TensorSpec) => values.get(spec.name) ?? model.tensor(spec);
  return { matrices, decoded: { ...model, tensor } };
}

/** Rounds to the nearest of 15 values of a group, whose largest magnitude is 7 steps. */
function rounded(values: Float32Array, [n, k]: readonly [number, number]) {
  const groups = Math.ceil(k / INTEGER_GROUP);
  const codes = new Uint8Array(n * k);
  const scales = new Float32Array(n * groups);
  const decoded = new Float32Array(n * k);
  for (let row = 0; row < n; row++)
    for (let g = 0; g < groups; g++) {
      const [first, end] = [row * k + g * INTEGER_GROUP, row * k + Math.min(k, (g + 1) * INTEGER_GROUP)];
      const largest = values.subarray(first, end).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
      const scale = roundToHalf(largest / 7) || 1;
      scales[row * groups + g] = scale;
      for (let i = first; i < end; i++) {
        const level = Math.max(-8, Math.min(7, Math.round(values[i] / scale)));
        codes[i] = level + 8;
        decoded[i] = level * scale;
      }
    }
  const bits = new Uint8Array(floatsToHalves(scales).buffer);
  const matrix: Int4Matrix = { shape: [n, k], codes, scales: bits };
  return { matrix, decoded };
}

async function uploadInt4(
  { gpu, choose, choosePacked }: BenchContext,
  model: Model,
  matrices: ReadonlyMap<string, Int4Matrix>,
): Promise<ModelWeights> {
  const dense = new Map<string, DenseMatrix>();
  const packed = new Map<string, LinearWeight>();
  try {
    for (const spec of model.shape.tensors) {
      const { name } = spec;
      const matrix = matrices.get(name);
      if (matrix) packed.set(name, await packedIntegerLinear(gpu, packedOf(name, matrix), choosePacked));
      else dense.set(name, uploadMatrix(gpu, await model.tensor(spec), ...spec.matrix, name));
    }
    return weightsFrom(gpu, model.shape, dense, packed, choose);
  } catch (error) {
    for (const matrix of dense.values()) releaseMatrix(gpu.buffers, matrix);
    for (const weight of packed.values()) weight.dispose();
    throw error;
  }
}

function packedOf(name: string, { shape: [rows, columns], codes, scales }: Int4Matrix) {
  const packed = packedRows(codes, rows, columns, 4);
  return { name, rows, columns, bits: 4 as const, group: INTEGER_GROUP, offset: 8, codes: packed, scales };
}

/** Writes the linear layers into the graph as MatMulNBits. */
class Int4Weights extends ConstantWeights {
  private readonly matrices: ReadonlyMap<string, Int4Matrix>;

  constructor(graph: OnnxGraph, model: Model, matrices: ReadonlyMap<string, Int4Matrix>) {
    super(graph, model);
    this.matrices = matrices;
  }

  protected override async product(x: string, weight: string): Promise<string> {
    const matrix = this.matrices.get(weight);
    if (!matrix) return super.product(x, weight);
    const [outputs, inputs] = matrix.shape;
    const sizes = { outputs, inputs, bits: 4, group: INTEGER_GROUP };
    const scales = halfScales(matrix.scales);
    return nbitsProduct(this.graph, weight, { ...sizes, codes: matrix.codes, scales })(x);
  }
}
