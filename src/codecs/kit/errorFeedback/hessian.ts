import { dampedHessian } from '../../../calibrate/cholesky';

/** The options that shape the Hessian. */
export interface HessianOptions {
  /** The damping λ as a share of the mean of the diagonal. */
  damping: number;
  /** Whether columns are rounded by decreasing diagonal instead of as stored. */
  actOrder: boolean;
}

/** The Hessian with its columns in the order of rounding. */
export interface OrderedHessian {
  /** The column at each position. */
  order: Uint32Array;
  /** The Hessian by position, [columns, columns]. */
  h: Float64Array;
}

/**
 * Computes the damped Hessian of a layer's inputs, in the order of rounding.
 * @param gram XᵀX ÷ samples [columns, columns]. GPTQ's H is 2·samples times this, a factor that cancels.
 * @throws LabError naming the tensor, as `dampedHessian`
 */
export function orderedHessian(
  gram: ArrayLike<number>,
  columns: number,
  { damping, actOrder }: HessianOptions,
  name: string,
): OrderedHessian {
  const h = dampedHessian(gram, columns, damping, name);
  const order = Uint32Array.from({ length: columns }, (_, i) => i);
  if (!actOrder) return { order, h };
  // The undamped diagonal puts columns without input last. Equal columns keep their order.
  order.sort((a, b) => gram[b * columns + b] - gram[a * columns + a] || a - b);
  return { order, h: permuted(h, order) };
}

function permuted(h: Float64Array, order: Uint32Array): Float64Array {
  const n = order.length;
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) out[i * n + j] = h[order[i] * n + order[j]];
  return out;
}
