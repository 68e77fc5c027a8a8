import { expect, test } from 'vitest';
import { LabError } from '../../../base/errors';
import { randomTernary } from '../../../testing/ternary';
import { tritAt } from '../../reference/ternary';
import { segmentWords } from './ternaryFactors';
import { checkTernary, groupInWords, ternaryMasks } from './ternaryMatrix';

test.each([1, 15, 16, 17, 31, 32, 33, 48, 49, 255])(
  'masks of %d columns hold every trit and nothing else',
  (columns) => {
    const matrix = randomTernary(3, columns, 1e9);
    const masks = ternaryMasks(matrix, { firstRow: 1, rows: 2 });
    const words = Math.ceil(columns / 32);
    expect(masks.length).toBe(2 * 2 * words);
    for (let row = 0; row < 2; row++)
      for (let k = 0; k < 32 * words; k++) {
        const at = 2 * (row * words + Math.floor(k / 32));
        const bit = (i: number) => (masks[i] >>> (k % 32)) & 1;
        const trit = bit(at) - bit(at + 1);
        expect(trit === 0 ? bit(at) + bit(at + 1) : 0).toBe(0);
        expect(trit + 0).toBe(k < columns ? tritAt(matrix, row + 1, k) : 0);
      }
  },
);

test('codes after the last column are ignored', () => {
  for (const columns of [1, 15, 17, 31]) checkTernary(randomTernary(40, columns, 1e9));
});

test.each([
  ['a code of 3', { codes: Uint8Array.of(0xff, 0, 0, 0) }, 'a code of 3 in row 0'],
  ['short codes', { codes: new Uint8Array(3) }, '3 bytes of codes instead of 4'],
  ['short scales', { scales: new Uint8Array(0) }, '0 bytes of scales instead of 2'],
  ['an infinite scale', { scales: Uint8Array.of(0, 0x7c) }, 'a scale that is not finite at index 0'],
  ['a NaN scale', { scales: Uint8Array.of(1, 0xfc) }, 'a scale that is not finite at index 0'],
  ['no columns', { columns: 0 }, 'an invalid shape of 1 × 0'],
  ['no group', { group: 0 }, 'in groups of 0'],
] as const)('%s is an error that names the matrix', (_, change, words) => {
  const check = () => checkTernary({ ...randomTernary(1, 5, 1e9), ...change });
  expect(check).toThrow(LabError);
  expect(check).toThrow(
    `The ternary matrix w has ${words}`.replace('has in', 'has an invalid shape of 1 × 5 in'),
  );
});

test('groups are counted in words, and a group inside a word is refused', () => {
  expect(groupInWords(randomTernary(1, 100, 32), 16)).toBe(2);
  expect(groupInWords(randomTernary(1, 100, 100), 16)).toBe(7);
  expect(() => groupInWords(randomTernary(1, 100, 24), 16)).toThrow(LabError);
});

test.each([
  [10, 10, 10, 10],
  [10, 4, 10, 4],
  [10, 10, 3, 3],
  [10, 4, 6, 2],
  [10, 12, 6, 6],
])('%d words with scales per %d and per %d have segments of %d', (words, left, right, segment) => {
  expect(segmentWords(words, left, right)).toBe(segment);
});
