/** A way to store a difference of which a share σ of the values is zero, by its bits for each value of the tensor. */
export interface StorageCost {
  label: string;
  bitsPerValue: (sparsity: number) => number;
}

/** Binary entropy in bits. */
const entropy = (p: number) => (p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p));

/** The costs of simple ways to store a difference, without headers and scales. */
export const STORAGE_COSTS = {
  float16: { label: 'float16', bitsPerValue: () => 16 },
  int8: { label: 'int8', bitsPerValue: () => 8 },
  sparse: { label: 'int32 index and float16', bitsPerValue: (sparsity) => 48 * (1 - sparsity) },
  sparseInt8: { label: 'int32 index and int8', bitsPerValue: (sparsity) => 40 * (1 - sparsity) },
  bitmap: { label: 'bitmap and float16', bitsPerValue: (sparsity) => 1 + 16 * (1 - sparsity) },
  bitmapInt8: { label: 'bitmap and int8', bitsPerValue: (sparsity) => 1 + 8 * (1 - sparsity) },
  gaps: {
    label: 'entropy-coded gaps and float16, the bound',
    bitsPerValue: (sparsity) => entropy(sparsity) + 16 * (1 - sparsity),
  },
} as const satisfies Record<string, StorageCost>;

/** Returns the sparsity from which one way costs less than another, to 1e-9; undefined if it never does. */
export function breakEven(one: StorageCost, other: StorageCost): number | undefined {
  const isLess = (sparsity: number) => one.bitsPerValue(sparsity) < other.bitsPerValue(sparsity);
  if (!isLess(1)) return undefined;
  let [low, high] = [0, 1];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (isLess(middle)) high = middle;
    else low = middle;
  }
  return high;
}
