import { expect, test } from 'vitest';
import { halfBitsToFloat, roundToHalf } from '../../../../base/float16';
import { readCode } from '../../../kit/bits';
import type { OptionValue } from '../../../contract/meta';
import { partBytes } from '../../../contract/parts';
import { bits16Of } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import meta from './meta';

const { reference } = codec;
const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);

/** Encodes one row and returns its codes, scales and decoded values. */
function roundTrip(row: number[], given: Record<string, OptionValue>) {
  const shape = [1, row.length] as const;
  const all = options(given);
  const parts = reference.encode(Float32Array.from(row), shape, all);
  const codes = row.map((_, i) => readCode(partOf(parts, 'codes'), 0, i, all.bits));
  const scales = [...bits16Of(partOf(parts, 'scales'))].map(halfBitsToFloat);
  return { codes, scales, parts, decoded: [...reference.decode(parts, shape, all)] };
}

test('symmetric 4 bits by hand: scale 3.5 ÷ 7, codes offset by 8', () => {
  const { codes, scales, decoded } = roundTrip([-3.5, 0.6, 0.25, -0.25, 3.5, 0], { bits: 4 });
  expect(scales).toEqual([0.5]);
  // 0.6 ÷ 0.5 = 1.2 → 1; ±0.25 ÷ 0.5 = ±½ → away from zero.
  expect(codes).toEqual([1, 9, 9, 7, 15, 8]);
  expect(decoded).toEqual([-3.5, 0.5, 0.5, -0.5, 3.5, 0]);
});

test('asymmetric 2 bits by hand: range [−1, 2], scale 1, zero point 1', () => {
  const { codes, scales, parts, decoded } = roundTrip([-1, 2, 0.4, -0.5], { bits: 2, scheme: 'asymmetric' });
  expect(scales).toEqual([1]);
  expect(readCode(partOf(parts, 'zeros'), 0, 0, 2)).toBe(1);
  expect(codes).toEqual([0, 3, 1, 0]);
  expect(decoded).toEqual([-1, 2, 0, -1]);
});

test('an asymmetric range includes zero, which stays exact', () => {
  const { decoded, scales } = roundTrip([3, 5, 0, 5], { bits: 8, scheme: 'asymmetric' });
  expect(scales[0]).toBeCloseTo(5 / 255, 4);
  expect(decoded[2]).toBe(0);
});

test('groups end with their row, and the last may be shorter', () => {
  const row = Array.from({ length: 20 }, (_, i) => (i < 8 ? 7 : i < 16 ? 70 : 0.7));
  const { scales } = roundTrip(row, { bits: 4, group: '8' });
  expect(scales).toHaveLength(3);
  expect(scales.slice(0, 2)).toEqual([1, 10]);
  expect(scales[2]).toBeCloseTo(0.1, 4);
});

test('the layout counts every byte: 4 bits, group 32, 64×64', () => {
  const bytes = (given: Record<string, OptionValue>, shape: [number, number]) =>
    codec.layout(shape, options(given)).map(partBytes);
  // 4 bits per weight, 16 per group, and asymmetric 4 more: 4.5 and 4.625 bits per weight.
  expect(bytes({ bits: 4, group: '32' }, [64, 64])).toEqual([2048, 256]);
  expect(bytes({ bits: 4, group: '32', scheme: 'asymmetric' }, [64, 64])).toEqual([2048, 256, 64]);
  expect(bytes({ bits: 3, group: 'row' }, [3, 11])).toEqual([24, 6]);
});

test.each(['symmetric', 'asymmetric'])('clip search lowers the squared error: %s', (scheme) => {
  const shape = [16, 128] as const;
  const values = gaussianWithOutliers(shape, 5);
  const error = (clip: boolean) => {
    const all = options({ bits: 3, group: '64', scheme, clip });
    const decoded = reference.decode(reference.encode(values, shape, all), shape, all);
    return decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
  };
  expect(error(true)).toBeLessThan(0.95 * error(false));
});

test('more bits and smaller groups lower the squared error', () => {
  const shape = [16, 256] as const;
  const values = gaussianWithOutliers(shape, 6);
  const error = (given: Record<string, OptionValue>) => {
    const all = options(given);
    const decoded = reference.decode(reference.encode(values, shape, all), shape, all);
    return decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
  };
  const byBits = [2, 3, 4, 5, 6, 7, 8].map((bits) => error({ bits }));
  const byGroup = ['8', '32', '128', 'row'].map((group) => error({ group }));
  expect(byBits).toEqual([...byBits].sort((a, b) => b - a));
  expect(byGroup).toEqual([...byGroup].sort((a, b) => a - b));
});

test('the squared error by hand: 0.1² + 2 · 0.25²', () => {
  const row = Float32Array.of(-3.5, 0.6, 0.25, -0.25, 3.5, 0);
  expect(reference.squaredError!(row, [1, 6], options({ bits: 4 }))).toBeCloseTo(0.135, 7);
});

test.each(['symmetric', 'asymmetric'])('the squared error is that of the decoded weights (%s)', (scheme) => {
  const shape = [5, 150] as const;
  const weights = gaussianWithOutliers(shape, 4);
  for (const bits of [2, 3, 4, 8]) {
    const all = options({ bits, scheme, group: '64', clip: true });
    const decoded = reference.decode(reference.encode(weights, shape, all), shape, all);
    const expected = weights.reduce((sum, w, i) => sum + (w - decoded[i]) ** 2, 0);
    expect(reference.squaredError!(weights, shape, all) / expected).toBeCloseTo(1, 12);
  }
});

test('the clip search finds the range of least squared error among (32 − k)/32 of the largest, k = 0 … 24', () => {
  const weights = gaussianWithOutliers([40, 64], 6);
  for (const bits of [2, 3, 5, 8]) {
    const levels = 2 ** (bits - 1) - 1;
    let expected = 0;
    for (let row = 0; row < 40; row++) {
      const group = weights.subarray(64 * row, 64 * (row + 1));
      const largest = group.reduce((max, w) => Math.max(max, Math.abs(w)), 0);
      const errors = Array.from({ length: 25 }, (_, k) => {
        const step = roundToHalf((largest * (1 - k / 32)) / levels);
        const q = (w: number) => Math.min(levels, Math.round(Math.abs(w) / step)) * Math.sign(w);
        return group.reduce((sum, w) => sum + (w - q(w) * step) ** 2, 0);
      });
      expected += Math.min(...errors);
    }
    const all = options({ bits, group: '64', clip: true });
    expect(reference.squaredError!(weights, [40, 64], all) / expected).toBeCloseTo(1, 12);
  }
});
