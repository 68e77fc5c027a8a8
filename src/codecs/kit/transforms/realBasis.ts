import { basis } from './bases';

export const REAL_BASES = ['identity', 'dct', 'hadamard', 'rft', 'dft', 'random'] as const;
export type RealBasisName = (typeof REAL_BASES)[number];

/**
 * A real orthogonal transform of a block: row o of `rows` [n, n] is the analysis vector of coefficient o. Complex bases act on
 * n/2 complex numbers made of neighbours, x₂ⱼ + i·x₂ⱼ₊₁, and give real and imaginary parts in turn: n reals stay n reals.
 * The last weight of an odd block passes through. Float64; `rft` is the canonical RFT.
 */
export function realBasis(name: RealBasisName, n: number, seed: number): Float64Array {
  if (name === 'rft') return stacked('canonical', n);
  if (name === 'dft') return stacked('dft', n);
  const { re } = basis(name, n, seed);
  return transposed(re, n);
}

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
