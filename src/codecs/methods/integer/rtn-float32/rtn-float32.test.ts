import { describe, expect, test } from 'vitest';
import { LabError } from '../../../../base/errors';
import { readCode } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import { completeOptions } from '../../../contract/spec';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import { roundHalfEven } from '../../../../base/rounding';
import meta from './meta';

const { reference } = codec;

// prettier-ignore
const W = Float32Array.of(
  0.3, -0.7, 0.05, 0.12, -0.33, 0.9, 0, -0.01,
  1e-3, 2e-3, -5e-3, 7e-3, 0.5, 0.25, 0.125, -0.375,
);

/** By numpy 2.4 in float32: s = (hi − lo) / maxq, z = round(−lo / s), clip(round(w / s) + z, 0, maxq); scales as bits. */
const FOUND_BY_NUMPY = [
  {
    ...{ bits: 3, shape: [4, 4] as MatrixShape },
    scales: [0x3e124925, 0x3e33ee72, 0x3ae0b1e2, 0x3e000000],
    zeros: [5, 2, 3, 3],
    codes: [7, 0, 5, 6, 0, 7, 2, 2, 4, 4, 0, 7, 7, 5, 4, 0],
  },
  {
    ...{ bits: 4, shape: [2, 8] as MatrixShape },
    scales: [0x3dda740d, 0x3d6eeeef],
    zeros: [7, 6],
    codes: [10, 0, 7, 8, 4, 15, 7, 7, 6, 6, 6, 6, 15, 10, 8, 0],
  },
];

const encode = (values: Float32Array, shape: MatrixShape, bits: number) =>
  reference.encode(values, shape, completeOptions(meta, { bits, group: 'row' }));

describe('the grid of the papers', () => {
  test.each(FOUND_BY_NUMPY)('$bits bits: scales, zero points and codes are numpy’s', (expected) => {
    const { bits, shape } = expected;
    const parts = encode(W, shape, bits);
    const scales = new Uint32Array(partOf(parts, 'scales').slice().buffer);
    expect([...scales]).toEqual(expected.scales);
    expect(expected.zeros.map((_, i) => readCode(partOf(parts, 'zeros'), 0, i, bits))).toEqual(
      expected.zeros,
    );
    // A row of up to ten codes of three bits takes one word.
    const codes = expected.codes.map((_, i) => {
      const [row, column] = [Math.floor(i / shape[1]), i % shape[1]];
      return readCode(partOf(parts, 'codes'), 4 * row, column, bits);
    });
    expect(codes).toEqual(expected.codes);
  });

  test('halves are rounded to even', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map(roundHalfEven).map((x) => x + 0)).toEqual([
      0, 2, 2, 0, -2, 2, 3,
    ]);
  });

  test('a range beyond float32 is refused, and zeros stay zeros', () => {
    const huge = Float32Array.of(3e38, -3e38);
    expect(() => encode(huge, [1, 2], 4)).toThrow(LabError);
    const options = completeOptions(meta, { bits: 4, group: 'row' });
    const zeros = encode(new Float32Array(5), [1, 5], 4);
    expect([...reference.decode(zeros, [1, 5], options)]).toEqual([0, 0, 0, 0, 0]);
  });
});
