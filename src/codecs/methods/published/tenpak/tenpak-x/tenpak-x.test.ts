import { expect, test } from 'vitest';
import type { MatrixShape } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import codec from './codec';
import { columnImportance, xLayout } from './layout';
import { lowRank } from '../../../../kit/tenpak/lowRank/reference';
import { gaussian, lowRankCase, relativeError } from '../../../../kit/tenpak/testing/values';
import meta from './meta';
import { xReference } from './reference';
import { patternStarts } from '../../../../kit/tenpak/lowRank/settings';

const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);

/** The relative squared error through the stored bytes. */
function storedError(values: Float32Array, shape: MatrixShape, given: Record<string, OptionValue>): number {
  const layout = xLayout(shape, options(given));
  return relativeError(values, xReference.decode(xReference.encode(values, layout), layout));
}

// Tenpak's ratios against float32: an MLP matrix of GPT-2, one of TinyLlama; v2 on the former.
test.each([
  ['v1', [768, 3072], 4.0815, 4],
  ['v1', [2048, 5632], 4.3583, 4],
  ['v2', [768, 3072], 5.64, 2],
] as const)('%s on %j: ratio %d, from the bytes', (version, shape, ratio, digits) => {
  const bytes = codec.layout(shape, options({ version })).reduce((sum, part) => sum + partBytes(part), 0);
  expect((4 * shape[0] * shape[1]) / bytes).toBeCloseTo(ratio, digits);
});

test('the header: rank, rows, columns, dimension, K and group, little-endian', () => {
  const { header } = xReference.encode(new Float32Array(3000), xLayout([10, 300], options({})));
  expect([...header]).toEqual([5, 0, 10, 0, 0, 0, 44, 1, 0, 0, 4, 0, 1, 32, 0]);
});

test('rank: at most 32 or 64, half of either side, none up to 4', () => {
  const rank = (shape: MatrixShape, version: string) => xLayout(shape, options({ version })).rank;
  expect(rank([768, 3072], 'v1')).toBe(32);
  expect(rank([768, 3072], 'v2')).toBe(64);
  expect(rank([11, 50], 'v1')).toBe(5);
  expect(rank([4, 1000], 'v1')).toBe(0);
  expect(codec.layout([4, 1000], options({})).some(({ suffix }) => suffix === 'left')).toBe(false);
});

test('importance by hand: mean |w| 1 2 9 over their mean 4, within a half and two', () => {
  expect([...columnImportance(Float32Array.of(1, -2, 9, -1, 2, 9), 3)]).toEqual([0.5, 0.5, 2]);
  expect([...columnImportance(new Float32Array(4), 2)]).toEqual([1, 1]);
});

test('first vectors: (7i + 13k) mod 100 over 100', () => {
  const starts = patternStarts(2, 20, 0.5);
  expect([starts[0], starts[1], starts[15]]).toEqual([-0.5, Math.fround(-0.43), Math.fround(-0.45)]);
  expect(starts[20]).toBeCloseTo(-0.37, 6);
});

test('power iteration by hand: diag(3, 1) gives 3·e₁ and then e₂', () => {
  const { left, right } = lowRank([3, 0, 0, 1], 2, 2, {
    rank: 2,
    rounds: 30,
    starts: Float32Array.of(1, 1, 1, 2),
  });
  expect([...left].map((x) => Math.abs(Math.round(x * 1e6) / 1e6))).toEqual([3, 0, 0, 1]);
  expect([...right].map((x) => Math.abs(Math.round(x * 1e6) / 1e6))).toEqual([1, 0, 0, 1]);
});

test('without low rank, Gaussian weights err 5.7e-4 as measured elsewhere', () => {
  const error = storedError(gaussian(2 ** 16, 3), [4, 2 ** 14], {});
  expect(Math.abs(error / 5.7e-4 - 1)).toBeLessThan(0.04);
});

test('corrected errs less, and both gain from a matrix of low rank', () => {
  const { shape, noise, structured } = lowRankCase();
  const faithful = storedError(structured, shape, {});
  expect(storedError(structured, shape, { mode: 'corrected' })).toBeLessThan(faithful);
  expect(faithful).toBeLessThan(0.2 * storedError(noise, shape, {}));
});
