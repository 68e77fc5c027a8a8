import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import { denseCandidates } from '../runtime/linear/dense/denseVariants';
import { recordDense } from '../runtime/linear/dense/dense';
import {
  gpuMatrix,
  releaseMatrix,
  uploadMatrix,
  type DenseMatrix,
  type MatrixPart,
} from '../runtime/linear/matrix';
import type { TensorSpec } from '../models/architecture';
import type { InputStatistics } from './inputs';

/** Number of elements that a workgroup adds, few enough for float32 partial sums. */
const PER_GROUP = 4096;

/**
 * ‖E·X‖² ÷ samples = tr(E G Eᵀ) for an error (or weight) matrix E [out, in] and the Gram matrix G [in, in] of the layer's
 * inputs. Products are computed on the GPU in float32, the final sum in float64. Nothing stays allocated.
 * @throws LabError; Cancelled
 */
export async function weightedSquares(
  gpu: Gpu,
  e: DenseMatrix,
  gram: DenseMatrix,
  signal?: AbortSignal,
): Promise<number> {
  let total = 0;
  for (const part of e.parts) total += await partSquares(gpu, part, e.columns, gram, signal);
  return total;
}

/**
 * Computes ‖E·X‖² ÷ samples for an error (or weight) matrix E [rows, columns] and the statistics of a layer's input X.
 * @throws LabError; Cancelled
 */
export type OutputSquares = (
  values: Float32Array,
  rows: number,
  inputs: InputStatistics,
  signal?: AbortSignal,
) => Promise<number>;

/** Returns an `OutputSquares` that multiplies on the GPU. Nothing stays allocated. */
export function gpuOutputSquares(gpu: Gpu): OutputSquares {
  return async (values, rows, { columns, gram }, signal) => {
    const matrix = uploadMatrix(gpu, values, rows, columns, 'weights or their error');
    try {
      return await weightedSquares(gpu, matrix, gpuMatrix(gram), signal);
    } finally {
      releaseMatrix(gpu.buffers, matrix);
    }
  };
}

/** Computes ‖(W − Ŵ)X‖ ÷ ‖WX‖ for the layers of a model; ‖WX‖ is computed once per layer. */
export class OutputErrors {
  private readonly outputSquares: OutputSquares;
  private readonly inputs: ReadonlyMap<string, InputStatistics>;
  private readonly signals = new Map<string, number>();

  /** @param inputs statistics of the uncompressed model by weight name */
  constructor(outputSquares: OutputSquares, inputs: ReadonlyMap<string, InputStatistics>) {
    this.outputSquares = outputSquares;
    this.inputs = inputs;
  }

  /**
   * Returns the relative error of a layer's output.
   * @param weights W [out, in]
   * @param restored Ŵ [out, in]
   * @returns undefined if there are no statistics for the tensor, or its output is zero
   */
  async relative(
    { name, matrix: [rows, columns] }: Pick<TensorSpec, 'name' | 'matrix'>,
    weights: Float32Array,
    restored: Float32Array,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const inputs = this.inputs.get(name);
    if (inputs?.columns !== columns) return undefined;
    const squares = (values: Float32Array) => this.outputSquares(values, rows, inputs, signal);
    const known = this.signals.get(name) ?? (await squares(weights));
    this.signals.set(name, known);
    if (known <= 0) return undefined;
    const error = await squares(weights.map((w, i) => w - restored[i]));
    return Math.sqrt(Math.max(0, error) / known);
  }
}

async function partSquares(
  gpu: Gpu,
  part: MatrixPart,
  columns: number,
  gram: DenseMatrix,
  signal?: AbortSignal,
): Promise<number> {
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const count = part.rows * columns;
  try {
    const product = scope.allocate(4 * count, 'E·G');
    const groups = Math.ceil(count / PER_GROUP);
    const sums = scope.allocate(4 * groups, 'partial sums');
    await recordGramProduct(gpu, recorder, part, columns, gram, product);
    await recorder.dispatch('calibrate/dot', {
      params: { count, perGroup: PER_GROUP },
      bindings: { a: part.buffer, b: product, sums },
      workgroups: groups,
      cost: 2 * count,
    });
    await gpu.stream.run(recorder.commands, signal);
    const partial = new Float32Array(await gpu.stream.read(sums, 4 * groups));
    return partial.reduce((sum, value) => sum + value, 0);
  } finally {
    recorder.dispose();
    scope.dispose();
  }
}

/** Records E·G as a linear layer with the weight G, which gives E·Gᵀ = E·G because G is symmetric. */
async function recordGramProduct(
  gpu: Gpu,
  recorder: Recorder,
  part: MatrixPart,
  columns: number,
  gram: DenseMatrix,
  product: GPUBuffer,
): Promise<void> {
  const view = (buffer: GPUBuffer) => ({ buffer, stride: columns, column: 0, width: columns });
  const [variant] = denseCandidates(gpu, { rows: part.rows, columns, outputs: columns });
  await recordDense(
    { gpu, recorder, x: view(part.buffer), y: view(product), rows: part.rows },
    gram,
    variant,
  );
}
