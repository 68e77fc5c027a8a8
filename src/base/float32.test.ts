import { expect, test } from 'vitest';
import { nextFloat32, previousFloat32 } from './float32';

test('neighbours of float32 numbers', () => {
  // IEEE 754: 24 significant bits, the least subnormal 2^−149, the largest number (2 − 2^−23) · 2^127.
  expect(nextFloat32(1)).toBe(1 + 2 ** -23);
  expect(previousFloat32(1)).toBe(1 - 2 ** -24);
  expect(nextFloat32(0)).toBe(2 ** -149);
  expect(previousFloat32(2 ** -126)).toBe(2 ** -126 - 2 ** -149);
  expect(nextFloat32((2 - 2 ** -23) * 2 ** 127)).toBe(Infinity);
});
