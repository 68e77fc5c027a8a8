import { expect, test } from 'vitest';
import { blocksLayout } from './layout';
import { extraordinaryRows } from './ordinary';

const layout = blocksLayout('Q4_K')([1, 512], {});
/** Rows of 512 weights of 0.1, some of them with other values. */
const rows = (...changes: Readonly<Record<number, number>>[]) =>
  Float32Array.from(changes.flatMap((change) => Array.from({ length: 512 }, (_, i) => change[i] ?? 0.1)));
const run = (from: number, count: number, value: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [from + i, value]));

test('rows whose products stay within the normal numbers are ordinary', () => {
  const zeroGroup = run(64, 32, 0);
  expect(extraordinaryRows(layout, rows({}, { 3: 1e-12 }, { 4: -1000 }, zeroGroup))).toEqual([]);
});

test('tiny and huge weights, groups of tiny weights, and blocks of zeros are not', () => {
  const tiny = { 7: 1e-13 };
  const huge = { 300: -1025 };
  const tinyGroup = run(96, 32, 5e-5);
  const zeroBlock = run(256, 256, 0);
  expect(extraordinaryRows(layout, rows({}, tiny, huge, {}, tinyGroup, zeroBlock))).toEqual([1, 2, 4, 5]);
});
