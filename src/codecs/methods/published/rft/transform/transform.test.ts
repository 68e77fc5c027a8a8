import { expect, test } from 'vitest';
import { readCode } from '../../../../kit/bits';
import { completeOptions } from '../../../../contract/spec';
import { REAL_BASES, realBasis, transposed } from '../../../../kit/transforms/realBasis';
import { partOf } from '../../../../../testing/parts';
import codec from './codec';
import { transformLayout } from './layout';
import meta from './meta';
import { transformBlocks } from './reference';

const { reference } = codec;

test.each(REAL_BASES)('%s is orthogonal for every block length, including odd ones', (name) => {
  for (const n of [1, 2, 5, 16, 33]) {
    const rows = realBasis(name, n, 1);
    const columns = transposed(rows, n);
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) {
        let sum = a === b ? -1 : 0;
        for (let i = 0; i < n; i++) sum += rows[a * n + i] * columns[i * n + b];
        expect(Math.abs(sum)).toBeLessThan(1e-12);
      }
  }
});

test('a Hadamard block by hand: (1, 1, 1, 1, 0 …) has coefficients 1 and 1 at block 16, coded in units of 4', () => {
  const options = completeOptions(meta, { basis: 'hadamard', block: 16, bits: 2 });
  const row = Float32Array.from({ length: 16 }, (_, i) => (i < 4 ? 1 : 0));
  const coefficients = transformBlocks(row, transformLayout([1, 16], options), false);
  // Sums of the first four over rows of ±1 whose signs change in steps of 4 or more: 4/√16 ÷ 4 at 0, 4, 8, 12.
  expect([...coefficients]).toEqual(
    row.map((_, i) => (i % 4 === 0 ? 0.25 : 0)).reduce<number[]>((a, v) => [...a, v], []),
  );
  const parts = reference.encode(row, [1, 16], options);
  expect(Array.from(row, (_, i) => readCode(partOf(parts, 'codes'), 0, i, 2))).toEqual(
    Array.from(row, (_, i) => (i % 4 === 0 ? 3 : 2)),
  );
  expect([...reference.decode(parts, [1, 16], options)]).toEqual([...row]);
});

test('every basis takes the same bytes, and describes its symbols', () => {
  const sizes = REAL_BASES.map((basis) => {
    const parts = codec.layout([8, 100], completeOptions(meta, { basis }));
    expect(parts[0].symbols).toEqual({ rows: 8, perRow: 100, bits: 4 });
    return JSON.stringify(parts);
  });
  expect(new Set(sizes).size).toBe(1);
});

test('a random basis of 1024 is refused', () => {
  const options = completeOptions(meta, { basis: 'random', block: 1024 });
  expect(() => codec.layout([1, 1], options)).toThrow(/random basis of 1024/);
});
