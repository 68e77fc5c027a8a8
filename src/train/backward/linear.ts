import type { ActivationView } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { RecordContext } from '../../runtime/ops/context';
import { recordColumnSums } from './columnSums';
import { checkGradient, productVariant, recordGradientProduct, type ProductVariant } from './product';

/**
 * The backward pass of a linear layer y = x · Wᵀ + b over `rows` rows. A view with column + r · stride as its column starts at
 * row r of its buffer.
 */
export interface LinearBackwardCall {
  /** The input of the forward pass, [rows, in]. */
  x: ActivationView;
  /** dL/dy, [rows, out]. */
  dy: ActivationView;
  /** dx += dy · W, [rows, in]. Absent if nothing before this layer is trained. */
  dx?: ActivationView;
  /** W [out, in]. */
  weight: DenseMatrix;
  /** dWeight += dyᵀ · x, float32 [out, in]. */
  dWeight: GPUBuffer;
  /** dBias += Σ dy over the rows, float32 [out]. */
  dBias?: GPUBuffer;
  rows: number;
}

/**
 * Records the gradients of a linear layer, which are added to the given buffers.
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

/** Records dx += dy · W for each part of a W split by rows: a part multiplies the columns of dy that are its outputs. */
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
    await recordGradientProduct(context, product, variant);
  }
}

/** Records dWeight[out, in] += dyᵀ · x. */
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
  await recordGradientProduct(
    context,
    { a: dy, transposed: true, b: x, c, rows: dy.width, columns, steps: rows },
    variant,
  );
}
