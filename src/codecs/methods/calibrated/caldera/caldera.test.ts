import { expect, test } from 'vitest';
import { writeCode } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { OptionValue } from '../../../contract/meta';
import { bytesOf16 } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import codec from './codec';
import { calderaLayout, joinParts, leftParts, rightParts } from './layout';
import meta from './meta';
import { balance } from './schedule';
import { solveNormal } from './solve';

function bytes(given: Record<string, OptionValue>, shape: MatrixShape): Record<string, number> {
  const parts = codec.layout(shape, completeOptions(meta, given));
  return Object.fromEntries(parts.map((part) => [part.suffix, partBytes(part)]));
}

test('the layout counts every byte: 2 bits, group 64, rank 16 of 8 bits, 64×128', () => {
  expect(bytes({}, [64, 128])).toEqual({
    // 2 bits per weight; two groups per row: 2 bytes of scale and 2 bits of zero point each.
    codes: 2048,
    scales: 256,
    zeros: 32,
    // 16 components of 64 and of 128 bytes, and a float16 each.
    left_codes: 1024,
    left_scales: 32,
    right_codes: 2048,
    right_scales: 32,
  });
  expect(bytes({ scheme: 'symmetric', 'factor-bits': 16, rank: 4 }, [64, 128])).toEqual({
    codes: 2048,
    scales: 256,
    left_values: 512,
    right_values: 1024,
  });
});

test('the rank is limited by the shape', () => {
  expect(calderaLayout([3, 33], completeOptions(meta, { rank: 16 })).rank).toBe(3);
  expect(calderaLayout([1, 1], completeOptions(meta, {})).rank).toBe(1);
});

test('decoding by hand: Q + L·R', () => {
  const options = completeOptions(meta, { bits: 4, rank: 1, 'factor-bits': 16, scheme: 'symmetric' });
  const codes = new Uint8Array(8);
  // Row 0: q = 1, −2 at scale 0.5; row 1: q = 3, 0 at scale 2. Codes are q + 8.
  [9, 6].forEach((code, i) => writeCode(codes, 0, i, 4, code));
  [11, 8].forEach((code, i) => writeCode(codes, 4, i, 4, code));
  const parts = new Map([
    ['codes', codes],
    ['scales', bytesOf16(Uint16Array.of(0x3800, 0x4000))],
    // Lᵀ = (1, 2), R = (0.25, 4)
    ['left_values', bytesOf16(Uint16Array.of(0x3c00, 0x4000))],
    ['right_values', bytesOf16(Uint16Array.of(0x3400, 0x4400))],
  ]);
  expect([...codec.reference.decode(parts, [2, 2], options)]).toEqual([0.75, 3, 6.5, 8]);
});

test('parts keep their names through join and split', () => {
  const part = (value: number) => Uint8Array.of(value);
  const grid = { codes: part(1), scales: part(2) };
  const [left, right] = [{ codes: part(3) }, { codes: part(4) }];
  const joined = joinParts(grid, { left, right });
  expect(Object.keys(joined)).toEqual(['codes', 'scales', 'left_codes', 'right_codes']);
  expect(joined).toMatchObject(grid);
  expect(leftParts(joined)).toEqual(left);
  expect(rightParts(joined)).toEqual(right);
});

/** Solves for unknowns rounded to nine digits. */
const solved = (a: number[], b: number[]) => [...solveNormal(a, b, 2)].map((x) => Math.round(1e9 * x) / 1e9);

test('least squares by hand, also with linearly dependent unknowns', () => {
  // 4x + 2y = 10, 2x + 3y = 9 → x = 1.5, y = 2
  expect(solved([4, 2, 2, 3], [10, 9])).toEqual([1.5, 2]);
  // The second row repeats the first, so its unknown stays zero.
  expect(solved([4, 4, 4, 4], [8, 8])).toEqual([2, 0]);
  expect(solved([0, 0, 0, 2], [0, 4])).toEqual([0, 2]);
});

test('balanced factors have equally long components and the same product', () => {
  const left = Float64Array.of(3, 4, 0, 0);
  const right = Float64Array.of(20, 0, 0, 7);
  balance(left, right, 2);
  expect([...left]).toEqual([6, 8, 0, 0]);
  expect([...right]).toEqual([10, 0, 0, 0]);
});
