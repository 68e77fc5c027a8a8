import { basis } from './bases';

/** The bases of real orthogonal transforms. */
export const REAL_BASES = ['identity', 'dct', 'hadamard', 'rft', 'dft', 'random'] as const;
export type RealBasisName = (typeof REAL_BASES)[number];

/**
 * Makes a real orthogonal transform [n, n] of a block in float64. Row o is the analysis vector of coefficient o. Complex bases act on the
 * n/2 complex numbers x₂ⱼ + i·x₂ⱼ₊₁ and give alternating real and imaginary parts, so that n reals have n real coefficients. The last
 * weight of an odd block is left unchanged. `rft` is the canonical RFT.
 */
export function realBasis(name: RealBasisName, n: number, seed: number): Float64Array {
  if (name === 'rft') return stacked('canonical', n);
  if (name === 'dft') return stacked('dft', n);
  const { re } = basis(name, n, seed);
  return transposed(re, n);
}

/** Transposes a matrix [n, n]. */
export function transposed(matrix: Float64Array, n: number): Float64Array {
  return matrix.map((_, i) => matrix[(i % n) * n + Math.floor(i / n)]);
}

function stacked(name: 'canonical' | 'dft', n: number): Float64Array {
  const pairs = Math.floor(n / 2);
  const { re, im } = basis(name, pairs);
  const rows = new Float64Array(n * n);
  if (n % 2 === 1) rows[n * n - 1] = 1;
  for (let j = 0; j < pairs; j++)
    for (let k = 0; k < pairs; k++) {
      const at = 2 * k * n + 2 * j;
      const [c, s] = [re[j * pairs + k], im[j * pairs + k]];
      rows[at] = c;
      rows[at + 1] = s;
      rows[at + n] = -s;
      rows[at + n + 1] = c;
    }
  return rows;
}
