import { choleskyAsync, dampedHessian } from '../../../../calibrate/cholesky';
import { weightedSquares } from '../../../../calibrate/outputError';
import { readMatrix, releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import type { CalderaLayout } from './layout';
import { product, type Operand } from './product';

/** How errors are measured: weighted by the inputs from calibration, or unweighted without them. */
export interface ErrorMetric {
  /** H = G + λI and C with H = C·Cᵀ, float32 [columns, columns]; the identity if absent. */
  hessian?: Operand;
  root?: Operand;
  /** tr(E G Eᵀ) for E [rows, columns], or ‖E‖². */
  squares: (e: Float32Array, rows: number) => Promise<number>;
}

/** Prepares the metric of a tensor. @throws LabError naming the tensor when its statistics cannot be used; Cancelled */
export async function openMetric(
  { name, layout }: Source<CalderaLayout>,
  context: CodecContext,
): Promise<ErrorMetric> {
  const { gpu, inputs, signal } = context;
  const { columns, damping } = layout.grid;
  if (!inputs) return { squares: (e) => Promise.resolve(sumOfSquares(e)) };
  const h = dampedHessian(await readMatrix(gpu.stream, inputs.gram), columns, damping, name);
  const root = await choleskyAsync(h, columns, { name, signal });
  const square = (values: Float64Array): Operand => ({
    values: Float32Array.from(values),
    rows: columns,
    columns,
  });
  return {
    hessian: square(h),
    root: square(root),
    squares: (e, rows) => outputSquares(e, rows, columns, context),
  };
}

async function outputSquares(
  e: Float32Array,
  rows: number,
  columns: number,
  { gpu, inputs, signal }: CodecContext,
): Promise<number> {
  const matrix = uploadMatrix(gpu, e, rows, columns, 'error');
  try {
    return await weightedSquares(gpu, matrix, inputs!.gram, signal);
  } finally {
    releaseMatrix(gpu.buffers, matrix);
  }
}

function sumOfSquares(e: Float32Array): number {
  let sum = 0;
  for (const value of e) sum += value * value;
  return sum;
}

/** Computes A·M for a metric matrix M, or returns A if M is absent. */
export async function timesMetric(context: CodecContext, a: Operand, m?: Operand): Promise<Operand> {
  return m ? { values: await product(context, a, m), rows: a.rows, columns: m.columns } : a;
}
