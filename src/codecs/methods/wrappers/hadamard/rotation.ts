import { KeyedRandom } from '../../../../base/random';
import type { OptionsOf } from '../../../contract/meta';
import type meta from './meta';

export type RotationOptions = OptionsOf<typeof meta>;

/**
 * An orthogonal matrix Q [columns, columns] that is never stored: W' = W·Q and W = W'·Qᵀ. With the column index a · block + b,
 * Q = D · (I ⊗ H) for random signs D and the orthonormal Walsh–Hadamard matrix H over b. Where whole rows are rotated and the width is
 * not a power of two, Q = D · (C ⊗ H) with the orthonormal DCT-II C over a.
 */
export interface Rotation {
  columns: number;
  /** The size of H, a power of two that divides `columns`. */
  block: number;
  /** The size of C: 1 if there is none, otherwise columns ÷ block. */
  dctSize: number;
  /** The diagonal of D, [columns], ±1. */
  signs: Float32Array;
}

/** The stream of the keyed generator from which signs are drawn. */
const STREAM = 0x4ada;
/** Maximum sizes of C, which is stored as a dense matrix on the GPU, and of H, which has no further use beyond it. */
const MAX_DCT_SIZE = 512;
const MAX_BLOCK = 4096;

/** Makes the rotation of rows of this width. */
export function rotationOf(columns: number, { block: wanted, seed }: RotationOptions): Rotation {
  const random = new KeyedRandom(seed, STREAM);
  const signs = Float32Array.from({ length: columns }, () => (random.nextUint32() & 1 ? -1 : 1));
  const block = powerOfTwoIn(columns, wanted === 'auto' ? MAX_BLOCK : Number(wanted));
  const odd = columns / block;
  const dctSize = wanted === 'auto' && odd <= MAX_DCT_SIZE ? odd : 1;
  return { columns, block, dctSize, signs };
}

/** Computes the largest power of two of at most `max` that divides n. */
function powerOfTwoIn(n: number, max: number): number {
  let power = 1;
  while (power < max && n % (2 * power) === 0) power *= 2;
  return power;
}

/** Computes the maximum number of columns that are rotated together. */
export function maxRotated({ block }: RotationOptions): number {
  return block === 'auto' ? MAX_DCT_SIZE * MAX_BLOCK : Number(block);
}

/** Computes C [n, n], row-major: C[a, k] = √(2/n)·cos(π(2a + 1)k ÷ 2n), with the column k = 0 divided by √2. */
export function dctMatrix(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, i) => {
    const [a, k] = [Math.floor(i / n), i % n];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * (2 * a + 1) * k) / (2 * n));
  });
}

/** Computes W·Q for W [rows, columns] in plain loops. */
export function rotateReference(values: ArrayLike<number>, rotation: Rotation): Float64Array {
  const { columns, signs } = rotation;
  const w = Float64Array.from({ length: values.length }, (_, i) => values[i] * signs[i % columns]);
  walshHadamard(w, rotation);
  return transformByDct(w, rotation, (a, k, c) => c[a * rotation.dctSize + k]);
}

/** Computes W'·Qᵀ in plain loops. */
export function unrotateReference(values: ArrayLike<number>, rotation: Rotation): Float64Array {
  const { columns, signs, dctSize } = rotation;
  const w = transformByDct(Float64Array.from(values), rotation, (a, k, c) => c[k * dctSize + a]);
  walshHadamard(w, rotation);
  return w.map((value, i) => value * signs[i % columns]);
}

/** Multiplies every block by H in place. The entries of H are ±1 ÷ √block by the parity of the common bits of its indices. */
function walshHadamard(w: Float64Array, { block }: Rotation): void {
  for (let half = 1; half < block; half *= 2)
    for (let i = 0; i < w.length; i++) {
      if (i & half) continue;
      const [u, v] = [w[i], w[i + half]];
      w[i] = (u + v) / Math.SQRT2;
      w[i + half] = (u - v) / Math.SQRT2;
    }
}

/** Computes out[…, k, b] = Σ over a of in[…, a, b] · entry(a, k). */
function transformByDct(
  w: Float64Array,
  { columns, block, dctSize }: Rotation,
  entry: (a: number, k: number, c: Float32Array) => number,
): Float64Array {
  if (dctSize === 1) return w;
  const c = dctMatrix(dctSize);
  return Float64Array.from(w, (_, i) => {
    const row = i - (i % columns);
    const [k, b] = [Math.floor((i % columns) / block), i % block];
    let sum = 0;
    for (let a = 0; a < dctSize; a++) sum += w[row + a * block + b] * entry(a, k, c);
    return sum;
  });
}
