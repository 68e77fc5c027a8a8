import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitstreamBytes, readCode, writeCode } from './bits';

test('4-bit codes fill bytes from the low bits', () => {
  const stream = new Uint8Array(4);
  [0x1, 0x2, 0xf].forEach((code, i) => writeCode(stream, 0, i, 4, code));
  expect([...stream]).toEqual([0x21, 0x0f, 0, 0]);
});

test('3-bit codes straddle bytes: 1, 2, 3 → 0b011_010_001', () => {
  const stream = new Uint8Array(4);
  [1, 2, 3].forEach((code, i) => writeCode(stream, 0, i, 3, code));
  expect([...stream]).toEqual([0b11010001, 0, 0, 0]);
});

test('streams are padded to whole words', () => {
  expect([1, 8, 9, 32].map((n) => bitstreamBytes(n, 4))).toEqual([4, 4, 8, 16]);
  expect(bitstreamBytes(11, 3)).toBe(8);
});

test('codes of every width and at every place are read as written', () => {
  const width = fc.integer({ min: 1, max: 16 });
  fc.assert(
    fc.property(width, fc.array(fc.nat(0xffff), { maxLength: 50 }), fc.nat(8), (bits, numbers, base) => {
      const codes = numbers.map((n) => n % 2 ** bits);
      const stream = new Uint8Array(base + bitstreamBytes(codes.length, bits));
      codes.forEach((code, i) => writeCode(stream, base, i, bits, code));
      expect(codes.map((_, i) => readCode(stream, base, i, bits))).toEqual(codes);
    }),
  );
});
