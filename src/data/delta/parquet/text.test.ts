import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowText, rowValues } from './text';

test('a byte array whose base64 ends like an integer', () => {
  const row = { raw: Uint8Array.of(7, 28, 103) };
  expect(rowText(['raw'], row)).toBe('{"raw":{"":"bBxxn"}}');
  expect(rowValues('{"raw":{"":"bBxxn"}}')).toEqual(row);
});

test('all values that Parquet stores are read again from their text', () => {
  const leaf = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.uint8Array({ maxLength: 9 }),
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
  );
  fc.assert(
    fc.property(leaf, fc.array(leaf, { maxLength: 3 }), (a, b) => {
      const row = { a, b, c: { d: [a], '': a }, '': a };
      expect(rowValues(rowText(['a', 'b', 'c', ''], row))).toEqual(row);
    }),
  );
});
