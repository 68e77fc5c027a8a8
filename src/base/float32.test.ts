import { expect, test } from 'vitest';
import { nextFloat32, previousFloat32 } from './float32';

test('the neighbours of a float32 number are one unit in the last place away', () => {
  // IEEE 754: 24 significant bits, the smallest subnormal 2^−149, the largest number (2 − 2^−23) · 2^127.
  expect(nextFloat32(1)).toBe(1 + 2 ** -23);
  expect(previousFloat32(1)).toBe(1 - 2 ** -24);
  expect(nextFloat32(0)).toBe(2 ** -149);
  expect(previousFloat32(2 ** -126)).toBe(2 ** -126 - 2 ** -149);
  expect(nextFloat32((2 - 2 ** -23) * 2 ** 127)).toBe(Infinity);
});
