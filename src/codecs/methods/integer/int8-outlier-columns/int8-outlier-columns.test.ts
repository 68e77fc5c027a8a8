import { describe, expect, test } from 'vitest';
import { halfBitsToFloat, roundToHalf } from '../../../../base/float16';
import { bits16Of } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import { largestColumns } from './columns';
import meta from './meta';

const { reference } = codec;
const columns = (count: number) => completeOptions(meta, { columns: count });
const halves = (bytes: Uint8Array) => [...bits16Of(bytes)].map(halfBitsToFloat);

describe('columns', () => {
  test('outliers have the largest norm over all rows and ascend; of equal norms the first is taken', () => {
    // The squared norms are 10, 8, 16, 8.
    const values = Float32Array.of(3, 2, 0, 2, -1, 2, 4, -2);
    expect([...largestColumns(values, 4, 1)]).toEqual([2]);
    expect([...largestColumns(values, 4, 3)]).toEqual([0, 1, 2]);
  });

  test('a matrix with fewer columns keeps all in float16', () => {
    const parts = reference.encode(Float32Array.of(0.1, 2), [1, 2], columns(8));
    expect([...parts.keys()]).toEqual(['columns', 'outliers']);
    expect(halves(partOf(parts, 'outliers'))).toEqual([0.1, 2].map(roundToHalf));
  });
});

test('by hand: scale, codes and outliers of two rows', () => {
  // Column 1 has the largest norm. Row maxima of the rest: 127·0.5 and 254·0.5, so scales 0.5 and 1.
  const values = Float32Array.of(63.5, 9000, 0.25, -0.25, -127, 9000, 0.5, 1.49);
  const parts = reference.encode(values, [2, 4], columns(1));
  expect([...new Uint32Array(partOf(parts, 'columns').slice().buffer)]).toEqual([1]);
  expect(halves(partOf(parts, 'scales'))).toEqual([0.5, 1]);
  // 0.25 ÷ 0.5 is a tie: half away from zero on both sides.
  expect([...new Int8Array(partOf(parts, 'codes').slice().buffer)]).toEqual([127, 1, -1, -127, 1, 1, 0, 0]);
  expect([...reference.decode(parts, [2, 4], columns(1))]).toEqual([63.5, 9000, 0.5, -0.5, -127, 9000, 1, 1]);
});

test('moving the largest columns to float16 lowers the error of the rest', () => {
  const shape = [32, 64] as const;
  const values = gaussianWithOutliers(shape, 4);
  values.forEach((w, i) => (values[i] = i % 64 === 7 ? 40 * w : w));
  const error = (count: number) => {
    const decoded = reference.decode(reference.encode(values, shape, columns(count)), shape, columns(count));
    return decoded.reduce((sum, w, i) => sum + (w - values[i]) ** 2, 0);
  };
  expect(error(1)).toBeLessThan(error(0) / 10);
});

test('outliers take k·(2·out + 4) bytes, the rest out·(in − k) + 2·out', () => {
  const parts = new Map(codec.layout([768, 3072], columns(8)).map((part) => [part.suffix, part.shape]));
  expect(Object.fromEntries(parts)).toEqual({
    codes: [768 * 3064],
    scales: [768],
    columns: [8],
    outliers: [768, 8],
  });
});

test('an outlier beyond float16 is refused by column', () => {
  const values = Float32Array.of(1, 70000, 1, 2);
  expect(() => reference.encode(values, [2, 2], columns(1))).toThrow('in column 1');
});
