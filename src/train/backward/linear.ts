import type { ActivationView } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { RecordContext } from '../../runtime/ops/context';
import { recordColumnSums } from './columnSums';
import { checkGradient, productVariant, recordProduct, type ProductVariant } from './product';

/**
 * One linear layer y = x · Wᵀ + b backwards, for `rows` rows. A view may start below the first row of its buffer: with
 * column + r · stride as its column it starts at row r.
 */
export interface LinearBackwardCall {
  /** [rows, in]; what the forward pass read. */
  x: ActivationView;
  /** [rows, out] */
  dy: ActivationView;
  /** [rows, in]: += dy · W. Absent where nothing before this layer learns. */
  dx?: ActivationView;
  /** [out, in] */
  weight: DenseMatrix;
  /** float32 [out, in]: += dyᵀ · x */
  dWeight: GPUBuffer;
  /** float32 [out]: += Σ dy over the rows. */
  dBias?: GPUBuffer;
  rows: number;
}

/**
 * Records the gradients of a linear layer; all of them add to what is there.
 * @throws LabError limit when dWeight exceeds one binding
 */
export async function recordLinearBackward(
  context: RecordContext,
  { x, dy, dx, weight, dWeight, dBias, rows }: LinearBackwardCall,
  variant: ProductVariant = productVariant(context.gpu),
): Promise<void> {
  if (dx) await recordInputGradient(context, dy, dx, weight, rows, variant);
  await recordWeightGradient(context, dy, x, dWeight, rows, variant);
  if (dBias) await recordColumnSums(context, dy, dBias, rows);
}

/** dx += dy · W, part by part of a W split by rows: a part multiplies the columns of dy that are its outputs. */
async function recordInputGradient(
  context: RecordContext,
  dy: ActivationView,
  dx: ActivationView,
  { parts, columns }: DenseMatrix,
  rows: number,
  variant: ProductVariant,
): Promise<void> {
  for (const part of parts) {
    const a = { ...dy, column: dy.column + part.firstRow };
    const b = { buffer: part.buffer, stride: columns, column: 0 };
    const product = { a, transposed: false, b, c: dx, rows, columns, steps: part.rows };
    await recordProduct(context, product, variant);
  }
}

/** dWeight[out, in] += dyᵀ · x. */
export async function recordWeightGradient(
  context: RecordContext,
  dy: ActivationView,
  x: ActivationView,
  dWeight: GPUBuffer,
  rows: number,
  variant: ProductVariant = productVariant(context.gpu),
): Promise<void> {
  checkGradient(context.gpu, dWeight);
  const columns = x.width;
  const c = { buffer: dWeight, stride: columns, column: 0 };
  await recordProduct(
    context,
    { a: dy, transposed: true, b: x, c, rows: dy.width, columns, steps: rows },
    variant,
  );
}
