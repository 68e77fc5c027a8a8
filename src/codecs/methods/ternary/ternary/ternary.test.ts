import { describe, expect, test } from 'vitest';
import { LabError } from '../../../../base/errors';
import { KeyedRandom } from '../../../../base/random';
import { halfBitsToFloat, roundToHalf } from '../../../../base/float16';
import type { MatrixShape } from '../../../contract/codec';
import { completeOptions, parseCodec } from '../../../contract/spec';
import { bits16Of } from '../../../kit/storedFloats';
import { partOf } from '../../../../testing/parts';
import meta from './meta';
import codec from './codec';
import { ternaryLayout } from './layout';
import { relativeCutoff } from '../../../kit/ternaryBlocks/cutoff';
import type { TernaryRule } from '../../../kit/ternaryBlocks/scale';
import { groupScale, optimalScale } from '../../../kit/ternaryBlocks/scale';

const { reference } = codec;

/** The relative slack for float64 sums in another order. */
const SUM_SLACK = 1e-12;

function normals(count: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 1);
  return Float32Array.from({ length: count }, () => random.nextNormal());
}

/** The weights of the table, in blocks of 256 as in GGUF's ternary types. */
const BLOCK = 256;
const BLOCKS = 400;
const THRESHOLD = 0.45;
const NORMAL = normals(BLOCKS * BLOCK, 3);
const LAPLACE = laplaces(BLOCKS * BLOCK, 9);

function laplaces(count: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 2);
  const draw = () => random.nextUniform() - 0.5;
  return Float32Array.from({ length: count }, () => {
    const u = draw();
    return -Math.sign(u) * Math.log(1 - 2 * Math.abs(u));
  });
}

/** Rule, threshold, and relative squared errors on normal and on Laplace weights. */
const TABLE: readonly (readonly [TernaryRule, number, number, number])[] = [
  ['gguf', 0.45, 0.673, 0.707],
  ['gguf-ls', 0.45, 0.432, 0.537],
  ['gguf', 0.5, 0.653, 0.691],
  ['twn', 0.45, 0.191, 0.28],
  ['absmean', 0.45, 0.263, 0.392],
  ['absmean-ls', 0.45, 0.212, 0.315],
  ['optimal', 0.45, 0.189, 0.259],
];

const squaredError = (values: Float32Array, code: (w: number, i: number) => number) =>
  values.reduce((sum, w, i) => sum + (w - code(w, i)) ** 2, 0);

/** Computes the least squared error over all 3ⁿ assignments, each with its least-squares scale. */
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
  test('the optimal rule equals brute force over all assignments', () => {
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

  test('scales by hand: two large weights among small ones', () => {
    // S_k²/k of 4, 3, 1, 1 is 16, 24.5, 21.33, 20.25: two are kept.
    expect(optimalScale(Float32Array.of(1, -4, 3, -1))).toBe(3.5);
    const absmean = groupScale(Float32Array.of(1, -4, 3, -1), 'absmean', THRESHOLD);
    expect([halfBitsToFloat(absmean.scaleBits), absmean.cutoff]).toEqual([2.25, 1.125]);
    // Δ = 0.7·2.25 = 1.575 keeps 4 and 3.
    const twn = groupScale(Float32Array.of(1, -4, 3, -1), 'twn', THRESHOLD);
    expect(halfBitsToFloat(twn.scaleBits)).toBe(3.5);
    expect(twn.cutoff).toBeGreaterThan(1.575);
    expect(twn.cutoff).toBeLessThan(1.576);
  });

  test('scales by hand: the least-squares scales, and the threshold and scale of the maximum', () => {
    const values = Float32Array.of(1, -4, 3, -2);
    const scaleOf = (rule: TernaryRule, threshold = THRESHOLD) =>
      halfBitsToFloat(groupScale(values, rule, threshold).scaleBits);
    // absmean 2.5 keeps |w| ≥ 1.25: (4 + 3 + 2) ÷ 3.
    expect(scaleOf('absmean-ls')).toBe(3);
    expect(scaleOf('gguf')).toBe(4);
    // 0.45 · 4 = 1.8 keeps three, half of 4 the same three (a tie goes away from zero), 0.6 · 4 = 2.4 keeps two.
    expect(scaleOf('gguf-ls')).toBe(3);
    expect(scaleOf('gguf-ls', 0.5)).toBe(3);
    expect(scaleOf('gguf-ls', 0.6)).toBe(3.5);
    expect(scaleOf('gguf-ls', 1)).toBe(4);
  });

  test('the cutoff relative to a maximum is the first float32 whose rounded share reaches the threshold', () => {
    const random = new KeyedRandom(3, 3);
    for (let i = 0; i < 200; i++) {
      const largest = Math.fround(Math.exp(20 * random.nextUniform() - 10));
      const threshold = Math.fround(0.05 + 0.95 * random.nextUniform());
      const reaches = (w: number) => w === largest || Math.fround(w * Math.fround(1 / largest)) >= threshold;
      const cutoff = relativeCutoff(largest, threshold);
      expect(reaches(cutoff)).toBe(true);
      // Halfway to the float32 below rounds to it or stays: a little less is below the cutoff.
      expect(reaches(Math.fround(cutoff * (1 - 2 ** -24)))).toBe(false);
    }
    expect(relativeCutoff(0, 0.5)).toBe(Infinity);
    expect(relativeCutoff(2 ** -149, 0.5)).toBe(Infinity);
  });

  test.each(TABLE)(
    '%s at %s has the relative squared errors of the table',
    (rule, threshold, onNormal, onLaplace) => {
      for (const [values, expected] of [
        [NORMAL, onNormal],
        [LAPLACE, onLaplace],
      ] as const) {
        const { error, tolerance } = blockErrors(values, rule, threshold);
        expect(Math.abs(error - expected), `${error} ± ${tolerance}`).toBeLessThan(tolerance);
        // Tight enough to tell neighbouring rows of the table whose scales differ.
        expect(tolerance).toBeLessThan(0.025);
      }
    },
  );

  test('17.5 % of normal weights and 7.3 % of Laplace weights reach 0.45 of the maximum', () => {
    const kept = (values: Float32Array) =>
      inBlocks(values, 'gguf', 0.45).filter((w) => w !== 0).length / values.length;
    // Four standard errors of 400 blocks whose shares spread by 0.055 and 0.045.
    expect(Math.abs(kept(NORMAL) - 0.175)).toBeLessThan(0.011);
    expect(Math.abs(kept(LAPLACE) - 0.073)).toBeLessThan(0.009);
  });

  test('a scale beyond float16 is refused', () => {
    const values = new Float32Array(4).fill(1e6);
    for (const rule of ['optimal', 'absmean', 'absmean-ls', 'twn', 'gguf', 'gguf-ls'])
      expect(() => reference.encode(values, [1, 4], completeOptions(meta, { rule }))).toThrow(
        'exceeds float16',
      );
  });
});

function inBlocks(values: Float32Array, rule: TernaryRule, threshold: number): Float32Array {
  const shape: MatrixShape = [values.length / BLOCK, BLOCK];
  const options = completeOptions(meta, { rule, threshold, group: 'row' });
  return reference.decode(reference.encode(values, shape, options), shape, options);
}

/** Computes ‖w − ŵ‖² ÷ ‖w‖², and a tolerance for the table: its rounding and four standard errors of the sampled blocks. */
function blockErrors(values: Float32Array, rule: TernaryRule, threshold: number) {
  const decoded = inBlocks(values, rule, threshold);
  const ratios = Array.from({ length: BLOCKS }, (_, block) => {
    const [first, end] = [block * BLOCK, (block + 1) * BLOCK];
    const group = values.subarray(first, end);
    return squaredError(group, (_, i) => decoded[first + i]) / squaredError(group, () => 0);
  });
  const error = squaredError(values, (_, i) => decoded[i]) / squaredError(values, () => 0);
  const variance = ratios.reduce((sum, ratio) => sum + (ratio - error) ** 2, 0) / (BLOCKS - 1);
  return { error, tolerance: 0.0005 + 4 * Math.sqrt(variance / BLOCKS) };
}

test('a threshold with a rule that does not use one is refused', () => {
  const layout = (text: string) => ternaryLayout([4, 64], completeOptions(meta, parseCodec(text).options));
  expect(() => layout('ternary(rule=optimal,threshold=0.6)')).toThrow('rule=optimal takes no threshold=0.6');
  expect(() => layout('ternary(rule=twn,threshold=0.5)')).toThrow(LabError);
  expect(layout('ternary(rule=optimal,threshold=0.45)').threshold).toBe(0.45);
  for (const rule of ['gguf', 'gguf-ls'])
    expect(layout(`ternary(rule=${rule},threshold=0.6)`).threshold).toBe(0.6);
});

test('a spelling without a threshold, as in older files, keeps its meaning', () => {
  const { options } = parseCodec('ternary(rule=twn,group=64,packing=base3)');
  expect(options).toEqual({ rule: 'twn', group: '64', packing: 'base3', threshold: THRESHOLD });
});

describe('packing', () => {
  // Trits −1, 0, 1, 1, −1, 0 with scale 1.
  const values = Float32Array.of(-1, 0, 1, 1, -1, 0);

  test('2bit holds code + 1, the first in the lowest bits, with rows padded to words', () => {
    const parts = reference.encode(values, [2, 3], completeOptions(meta, { group: 'row' }));
    // Row 0: 0, 1, 2 → 0b100100; row 1: 2, 0, 1 → 0b010010.
    expect([...partOf(parts, 'codes')]).toEqual([0b100100, 0, 0, 0, 0b010010, 0, 0, 0]);
    expect([...bits16Of(partOf(parts, 'scales'))]).toEqual([0x3c00, 0x3c00]);
  });

  test('base3 holds five trits of flattened W per byte, the first with weight 1', () => {
    const options = completeOptions(meta, { group: 'row', packing: 'base3' });
    const parts = reference.encode(values, [2, 3], options);
    // 0 + 1·3 + 2·9 + 2·27 + 0·81 = 75, then 1.
    expect([...partOf(parts, 'codes')]).toEqual([75, 1, 0, 0]);
    expect([...reference.decode(parts, [2, 3], options)]).toEqual([...values]);
  });

  test('base3x20 holds twenty trits of flattened W as one number, the first with weight 1', () => {
    const options = completeOptions(meta, { group: 'row', packing: 'base3x20' });
    const word = (codes: number[]) => {
      const parts = reference.encode(Float32Array.from(codes), [1, codes.length], options);
      return new DataView(partOf(parts, 'codes').buffer).getUint32(0, true);
    };
    expect(word([-1, 0, 1, 1, -1, 0])).toBe(0 + 1 * 3 + 2 * 9 + 2 * 27 + 0 * 81 + 1 * 243);
    // Twenty times two: the largest number of twenty digits.
    expect(word(Array.from({ length: 20 }, () => 1))).toBe(3_486_784_401 - 1);
  });

  test('all packings decode to the same weights', () => {
    const shape: MatrixShape = [7, 45];
    const weights = normals(7 * 45, 4);
    const [two, three, words] = ['2bit', 'base3', 'base3x20'].map((packing) => {
      const options = completeOptions(meta, { packing, group: '32' });
      return reference.decode(reference.encode(weights, shape, options), shape, options);
    });
    expect(three).toEqual(two);
    expect(words).toEqual(two);
    expect(new Set(two.subarray(0, 32).map(Math.abs)).size).toBe(2);
  });

  test('groups run along the row and the last may be shorter', () => {
    const weights = Float32Array.from({ length: 40 }, (_, i) => (i < 32 ? 1 : 3));
    const parts = reference.encode(weights, [1, 40], completeOptions(meta, { group: '32' }));
    expect([...bits16Of(partOf(parts, 'scales'))].map(halfBitsToFloat)).toEqual([1, 3].map(roundToHalf));
  });
});
