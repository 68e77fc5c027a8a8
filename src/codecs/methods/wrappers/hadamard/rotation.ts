import { KeyedRandom } from '../../../../base/random';
import type { OptionsOf } from '../../../contract/meta';
import type meta from './meta';

export type RotationOptions = OptionsOf<typeof meta>;

/**
 * An orthogonal matrix Q [columns, columns], never stored: W' = W·Q, W = W'·Qᵀ. Column index = a · block + b.
 * Q = D · (I ⊗ H) with random signs D and the orthonormal Walsh–Hadamard matrix H over b; where whole rows are rotated and
 * the width is no power of two, the odd factor is mixed as well: Q = D · (C ⊗ H) with the orthonormal DCT-II C over a.
 */
export interface Rotation {
  columns: number;
  /** Size of H, a power of two that divides `columns`. */
  block: number;
  /** Size of C, 1 without. Otherwise columns ÷ block. */
  mixed: number;
  /** [columns], ±1 */
  signs: Float32Array;
}

/** Stream of the keyed generator that signs come from. */
const STREAM = 0x4ada;
/** Limits of what is rotated together: the matrix C is kept whole, and Hadamard blocks grow no more useful. */
const LARGEST_MIXED = 512;
const LARGEST_BLOCK = 4096;

export function rotationOf(columns: number, { block: wanted, seed }: RotationOptions): Rotation {
  const random = new KeyedRandom(seed, STREAM);
  const signs = Float32Array.from({ length: columns }, () => (random.nextUint32() & 1 ? -1 : 1));
  const block = powerOfTwoIn(columns, wanted === 'auto' ? LARGEST_BLOCK : Number(wanted));
  const odd = columns / block;
  const mixed = wanted === 'auto' && odd <= LARGEST_MIXED ? odd : 1;
  return { columns, block, mixed, signs };
}

/** The largest power of two that divides n, at most `max`. */
function powerOfTwoIn(n: number, max: number): number {
  let power = 1;
  while (power < max && n % (2 * power) === 0) power *= 2;
  return power;
}

/** The largest number of columns that options can rotate together. */
export function maxRotated({ block }: RotationOptions): number {
  return block === 'auto' ? LARGEST_MIXED * LARGEST_BLOCK : Number(block);
}

/** C [n, n], row-major: C[a, k] = √(2/n)·cos(π(2a + 1)k ÷ 2n), the column k = 0 divided by √2. */
export function cosines(n: number): Float32Array {
  return Float32Array.from({ length: n * n }, (_, i) => {
    const [a, k] = [Math.floor(i / n), i % n];
    return Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * (2 * a + 1) * k) / (2 * n));
  });
}

/** W·Q for W [rows, columns] in plain loops. */
export function rotateReference(values: ArrayLike<number>, rotation: Rotation): Float64Array {
  const { columns, signs } = rotation;
  const w = Float64Array.from({ length: values.length }, (_, i) => values[i] * signs[i % columns]);
  walshHadamard(w, rotation);
  return mix(w, rotation, (a, k, c) => c[a * rotation.mixed + k]);
}

/** W'·Qᵀ. */
export function unrotateReference(values: ArrayLike<number>, rotation: Rotation): Float64Array {
  const { columns, signs, mixed } = rotation;
  const w = mix(Float64Array.from(values), rotation, (a, k, c) => c[k * mixed + a]);
  walshHadamard(w, rotation);
  return w.map((value, i) => value * signs[i % columns]);
}

/** Every block times H, in place: H has entries ±1 ÷ √block by the parity of the bits its indices share. */
function walshHadamard(w: Float64Array, { block }: Rotation): void {
  for (let half = 1; half < block; half *= 2)
    for (let i = 0; i < w.length; i++) {
      if (i & half) continue;
      const [u, v] = [w[i], w[i + half]];
      w[i] = (u + v) / Math.SQRT2;
      w[i + half] = (u - v) / Math.SQRT2;
    }
}

/** out[…, k, b] = Σ over a of in[…, a, b] · entry(a, k). */
function mix(
  w: Float64Array,
  { columns, block, mixed }: Rotation,
  entry: (a: number, k: number, c: Float32Array) => number,
): Float64Array {
  if (mixed === 1) return w;
  const c = cosines(mixed);
  return Float64Array.from(w, (_, i) => {
    const row = i - (i % columns);
    const [k, b] = [Math.floor((i % columns) / block), i % block];
    let sum = 0;
    for (let a = 0; a < mixed; a++) sum += w[row + a * block + b] * entry(a, k, c);
    return sum;
  });
}
