import { expect, test } from 'vitest';
import { passAtK } from './passAtK';

test.each([
  // 1 − C(3, 3) ÷ C(5, 3) = 1 − 1/10.
  [5, 2, 3, 0.9],
  // 1 − C(7, 2) ÷ C(10, 2) = 1 − 21/45.
  [10, 3, 2, 24 / 45],
  [10, 3, 1, 0.3],
  [20, 0, 10, 0],
  [20, 11, 10, 1],
  [1, 1, 1, 1],
])('of %i answers %i pass: pass@%i = %f', (n, c, k, expected) =>
  expect(passAtK(n, c, k)).toBeCloseTo(expected, 12),
);

test('equals the share of all choices of k answers that hold one that passes', () => {
  for (const n of [1, 4, 7])
    for (let c = 0; c <= n; c++)
      for (let k = 1; k <= n; k++) {
        const choices = Array.from({ length: 2 ** n }, (_, bits) => bits).filter((bits) => ones(bits) === k);
        const passing = choices.filter((bits) => (bits & (2 ** c - 1)) !== 0);
        expect(passAtK(n, c, k)).toBeCloseTo(passing.length / choices.length, 12);
      }
});

function ones(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length;
}
