/** The keyed generator's stream for the singular vectors of the first alternation; each further one takes the next stream. */
export const RANDOM_STREAM = 0xca1d;
/** How often each factor is fitted to the other as stored. */
export const FACTOR_ROUNDS = 2;

/**
 * Gives row k of `left` [rank, out] and of `right` [rank, in] equal norms, in place, so that neither leaves the range of float16;
 * their product stays the same.
 */
export function balance(
  left: Float32Array | Float64Array,
  right: Float32Array | Float64Array,
  rank: number,
): void {
  for (let k = 0; k < rank; k++) {
    const l = left.subarray((k * left.length) / rank, ((k + 1) * left.length) / rank);
    const r = right.subarray((k * right.length) / rank, ((k + 1) * right.length) / rank);
    const ratio = Math.sqrt(length(r) / length(l));
    const factor = Number.isFinite(ratio) ? ratio : 0;
    l.forEach((value, i) => (l[i] = value * factor));
    r.forEach((value, i) => (r[i] = factor > 0 ? value / factor : 0));
  }
}

function length(x: Float32Array | Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * x[i];
  return Math.sqrt(sum);
}
