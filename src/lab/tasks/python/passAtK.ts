import { invariant } from '../../../base/errors';

/**
 * Estimates without bias the probability that one of `k` answers passes, from `n` answers of which `c` passed: 1 − C(n − c, k) ÷ C(n, k)
 * (Chen et al. 2021, arXiv:2107.03374, section 2.1), as a product of numbers below 1.
 */
export function passAtK(n: number, c: number, k: number): number {
  invariant(k >= 1 && k <= n && c >= 0 && c <= n, `pass@${k} of ${c} among ${n} answers`);
  if (n - c < k) return 1;
  let allFail = 1;
  for (let i = n - c + 1; i <= n; i++) allFail *= 1 - k / i;
  return 1 - allFail;
}
