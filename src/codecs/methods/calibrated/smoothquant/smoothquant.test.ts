import { foldScale } from '../../../kit/foldScale';
import { describe, expect, test } from 'vitest';
import { halvesToFloats } from '../../../../base/float16';
import { bits16Of } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import meta from './meta';
import { columnMaxima, smoothed } from './reference';
import { inverseOf, smoothingScale } from './scale';

/** Figure 5 of the paper: X [2, 4], W [3, 4] (the figure shows W transposed), α = 0.5. */
describe('the worked example of the paper', () => {
  const x = [1, -16, 2, 6, -2, 8, -1, -9];
  const w = Float32Array.of(2, 1, 2, -1, 1, -1, -1, -1, -2, -1, -2, 1);
  const maxX = [2, 16, 2, 9];
  const scale = smoothingScale('w', maxX, columnMaxima(w, 4), 0.5);

  test('s', () => expect([...scale]).toEqual([1, 4, 1, 3]));

  test('smoothed activations', () => {
    const inverse = inverseOf(scale);
    const smooth = x.map((value, i) => value * inverse[i % 4]);
    [1, -4, 2, 2, -2, 2, -1, -3].forEach((value, i) => expect(smooth[i]).toBeCloseTo(value, 6));
  });

  test('smoothed weights', () =>
    expect([...smoothed(w, scale)]).toEqual([2, 4, 2, -3, 1, -4, -1, -3, -2, -4, -2, 3]));

  test('stored: scales of rows, codes and s', () => {
    const inputs = { samples: 2, gram: [], meanAbs: maxX, maxAbs: maxX };
    const parts = codec.reference.encode(w, [3, 4], completeOptions(meta, {}), inputs);
    expect([...halvesToFloats(bits16Of(partOf(parts, 'inputScale')))]).toEqual([1, 4, 1, 3]);
    // 4 ÷ 127 as float16 is 1032 · 2⁻¹⁵: 1, 2, 3 and 4 are 31.75, 63.504, 95.256 and 127.008 of it.
    const codes = new Int8Array(partOf(parts, 'codes').slice().buffer);
    expect([...codes.subarray(4, 12)]).toEqual([32, -127, -32, -95, -64, -127, -64, 95]);
  });
});

describe('the scale', () => {
  const one = (maxX: number, maxW: number, alpha: number) => smoothingScale('w', [maxX], [maxW], alpha)[0];

  test('moves all difficulty to the weights at α = 1 and to the activations at α = 0', () => {
    expect(one(24, 0.5, 1)).toBe(24);
    expect(one(24, 0.5, 0)).toBe(2);
  });

  test('stays within 1e-5 and the largest float16', () => {
    expect(one(1e-12, 1, 1)).toBeCloseTo(1e-5, 7);
    expect(one(1e9, 0, 1)).toBe(65504);
    expect(one(4, 0, 0)).toBe(65504);
  });

  test('is 1 where all inputs in calibration are zero', () => expect(one(0, 3, 0.5)).toBe(1));

  test('is refused for inputs that are not finite', () =>
    expect(() => one(Infinity, 1, 0.5)).toThrow('Calibration saw an input of Infinity in column 0 of w.'));
});

test('the scale is folded into weight and bias of a norm', () => {
  const tensor = (name: string, values: number[]) => ({
    name,
    shape: [1, 2] as const,
    values: Float32Array.from(values),
  });
  const norm = { weight: tensor('ln.weight', [2, 3]), bias: tensor('ln.bias', [-1, 6]) };
  const replaced = foldScale(norm, Float32Array.of(4, 1.5));
  expect([...replaced.get('ln.weight')!]).toEqual([0.5, 2]);
  expect([...replaced.get('ln.bias')!]).toEqual([-0.25, 4]);
  expect([...foldScale({ weight: norm.weight }, Float32Array.of(1, 1)).keys()]).toEqual(['ln.weight']);
});
