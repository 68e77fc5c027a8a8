import { expect, test } from 'vitest';
import type { MatrixShape } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import { lowRankCase, relativeError } from '../../../../kit/tenpak/testing/values';
import codec from './codec';
import { balancedFactors, dequantisedFactors, storeFactors } from './factors';
import { tenpakCalderaLayout } from './layout';
import meta from './meta';
import { tenpakCalderaReference } from './reference';

const options = (given: Record<string, OptionValue> = {}) => completeOptions(meta, given);

test('rank: at most 16, a quarter of either side, at least 1', () => {
  const rank = (shape: MatrixShape) => tenpakCalderaLayout(shape, options()).rank;
  expect(rank([768, 3072])).toBe(16);
  expect(rank([43, 1000])).toBe(10);
  expect(rank([2, 3])).toBe(1);
});

test('bytes: 12 + 2.5 bits per weight + 8·r·(m+n) bits + 8', () => {
  const [m, n, r] = [768, 3072, 16];
  const bytes = codec.layout([m, n], options()).map(partBytes);
  expect(bytes.reduce((sum, b) => sum + b, 0)).toBe(12 + (2.5 * m * n) / 8 + r * (m + n) + 8);
  expect(codec.layout([m, n], options()).map(({ suffix }) => suffix)).toEqual([
    'header',
    'codes',
    'scales',
    'offsets',
    'left',
    'right',
    'ranges',
  ]);
});

test('the header: rank, rows, columns and group, little-endian', () => {
  const layout = tenpakCalderaLayout([10, 300], options());
  const { header } = tenpakCalderaReference.encode(new Float32Array(3000), layout);
  expect([...header]).toEqual([2, 0, 10, 0, 0, 0, 44, 1, 0, 0, 64, 0]);
});

test('factors by hand: A·v = 4·(0, 1), v = (1, 0) give √4 on both sides, in 8 bits', () => {
  const found = { left: Float64Array.of(0, 4), right: Float64Array.of(1, 0) };
  const { left, right } = balancedFactors(found, 1);
  expect([...left]).toEqual([0, 2]);
  expect([...right]).toEqual([2, 0]);
  const parts = storeFactors(found, { rank: 1, faithful: true });
  expect([...parts.left]).toEqual([0, 255]);
  const stored = dequantisedFactors(parts, { rank: 1, shape: [2, 2] });
  // 2/255 = 0.00784314 is 4.02 steps of 2⁻¹⁷ above 2⁻⁷: cut to 4 steps, 0.00784302, times 255.
  expect(stored.left[1]).toBeCloseTo(1.99997, 5);
  expect(stored.right[0]).toBeCloseTo(1.99997, 5);
});

test('corrected errs less, and both gain from a matrix of low rank', () => {
  const { shape, noise, structured } = lowRankCase();
  const error = (values: Float32Array, mode: string) => {
    const layout = tenpakCalderaLayout(shape, options({ mode }));
    const parts = tenpakCalderaReference.encode(values, layout);
    return relativeError(values, tenpakCalderaReference.decode(parts, layout));
  };
  expect(error(structured, 'corrected')).toBeLessThan(error(structured, 'faithful'));
  expect(error(structured, 'faithful')).toBeLessThan(0.2 * error(noise, 'faithful'));
});
