import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { halfBitsToFloat, roundToHalf } from '../../base/float16';
import type { MatrixShape } from '../codec';
import { completeOptions } from '../spec';
import { bits16Of } from '../floats';
import meta from './meta';
import { reference } from './reference';
import { groupScale, optimalScale } from './scale';

/** Relative slack of float64 sums taken in another order. */
const SUM_SLACK = 1e-12;

function normals(count: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 1);
  return Float32Array.from({ length: count }, () => random.nextNormal());
}

const squaredError = (values: Float32Array, code: (w: number, i: number) => number) =>
  values.reduce((sum, w, i) => sum + (w - code(w, i)) ** 2, 0);

/** The least squared error over all 3ⁿ assignments, each with its least-squares scale. */
function bruteForceError(values: Float32Array): number {
  const energy = squaredError(values, () => 0);
  let best = energy;
  for (let assignment = 0; assignment < 3 ** values.length; assignment++) {
    let [dot, kept, rest] = [0, 0, assignment];
    for (const w of values) {
      const trit = (rest % 3) - 1;
      rest = Math.floor(rest / 3);
      dot += trit * w;
      kept += trit * trit;
    }
    if (kept > 0) best = Math.min(best, energy - (dot * dot) / kept);
  }
  return best;
}

describe('scales', () => {
  test('optimal equals brute force over all assignments', () => {
    for (let seed = 0; seed < 20; seed++) {
      const values = normals(1 + (seed % 8), seed);
      const scale = optimalScale(values);
      const error = squaredError(values, (w) => (Math.abs(w) < scale / 2 ? 0 : Math.sign(w) * scale));
      expect(error).toBeLessThanOrEqual(bruteForceError(values) * (1 + SUM_SLACK) + Number.EPSILON);
    }
  });

  test('no scale beats the optimal one on a long group', () => {
    const values = normals(256, 5);
    const nearest = (scale: number) =>
      squaredError(values, (w) => (Math.abs(w) < scale / 2 ? 0 : Math.sign(w) * scale));
    const best = nearest(optimalScale(values));
    for (let scale = 0.001; scale < 4; scale += 0.001) expect(nearest(scale)).toBeGreaterThanOrEqual(best);
  });

  test('by hand: two large weights among small ones', () => {
    // S_k²/k of 4, 3, 1, 1 is 16, 24.5, 21.33, 20.25: two are kept.
    expect(optimalScale(Float32Array.of(1, -4, 3, -1))).toBe(3.5);
    const absmean = groupScale(Float32Array.of(1, -4, 3, -1), 'absmean');
    expect([halfBitsToFloat(absmean.scaleBits), absmean.cut]).toEqual([2.25, 1.125]);
    // Δ = 0.7·2.25 = 1.575 keeps 4 and 3.
    const twn = groupScale(Float32Array.of(1, -4, 3, -1), 'twn');
    expect(halfBitsToFloat(twn.scaleBits)).toBe(3.5);
    expect(twn.cut).toBeGreaterThan(1.575);
    expect(twn.cut).toBeLessThan(1.576);
  });

  test('relative squared errors on normal and Laplace weights match the literature', () => {
    const random = new KeyedRandom(9, 2);
    const normal = normals(64 * 256, 3);
    const laplace = Float32Array.from(normal, () => {
      const u = random.nextUniform() - 0.5;
      return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
    });
    const expected = { optimal: [0.189, 0.259], twn: [0.191, 0.28], absmean: [0.263, 0.392] };
    for (const [rule, [onNormal, onLaplace]] of Object.entries(expected)) {
      expect(Math.abs(relativeError(normal, rule) - onNormal), rule).toBeLessThan(0.006);
      expect(Math.abs(relativeError(laplace, rule) - onLaplace), rule).toBeLessThan(0.012);
    }
  });

  test('a scale beyond float16 is refused', () => {
    const values = new Float32Array(4).fill(1e6);
    expect(() => reference.encode(values, [1, 4], completeOptions(meta, {}))).toThrow('exceeds float16');
  });
});

function relativeError(values: Float32Array, rule: string): number {
  const shape: MatrixShape = [values.length / 256, 256];
  const options = completeOptions(meta, { rule, group: 'row' });
  const decoded = reference.decode(reference.encode(values, shape, options), shape, options);
  return squaredError(values, (_, i) => decoded[i]) / squaredError(values, () => 0);
}

describe('packing', () => {
  // Trits −1, 0, 1, 1, −1, 0 with scale 1.
  const values = Float32Array.of(-1, 0, 1, 1, -1, 0);

  test('2bit: code + 1, first in the lowest bits, rows on words', () => {
    const parts = reference.encode(values, [2, 3], completeOptions(meta, { group: 'row' }));
    // Row 0: 0, 1, 2 → 0b100100; row 1: 2, 0, 1 → 0b010010.
    expect([...parts.get('codes')!]).toEqual([0b100100, 0, 0, 0, 0b010010, 0, 0, 0]);
    expect([...bits16Of(parts.get('scales')!)]).toEqual([0x3c00, 0x3c00]);
  });

  test('base3: five trits of flattened W per byte, first with weight 1', () => {
    const options = completeOptions(meta, { group: 'row', packing: 'base3' });
    const parts = reference.encode(values, [2, 3], options);
    // 0 + 1·3 + 2·9 + 2·27 + 0·81 = 75, then 1.
    expect([...parts.get('codes')!]).toEqual([75, 1, 0, 0]);
    expect([...reference.decode(parts, [2, 3], options)]).toEqual([...values]);
  });

  test('both packings decode to the same weights', () => {
    const shape: MatrixShape = [7, 45];
    const weights = normals(7 * 45, 4);
    const [two, three] = ['2bit', 'base3'].map((packing) => {
      const options = completeOptions(meta, { packing, group: '32' });
      return reference.decode(reference.encode(weights, shape, options), shape, options);
    });
    expect(three).toEqual(two);
    expect(new Set(two.subarray(0, 32).map(Math.abs)).size).toBe(2);
  });

  test('groups run along the row and the last may be shorter', () => {
    const weights = Float32Array.from({ length: 40 }, (_, i) => (i < 32 ? 1 : 3));
    const parts = reference.encode(weights, [1, 40], completeOptions(meta, { group: '32' }));
    expect([...bits16Of(parts.get('scales')!)].map(halfBitsToFloat)).toEqual([1, 3].map(roundToHalf));
  });
});
