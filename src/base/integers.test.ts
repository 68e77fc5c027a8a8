import { expect, test } from 'vitest';
import { isPowerOfTwo } from './integers';

test('isPowerOfTwo accepts powers of two and nothing else', () => {
  expect([1, 2, 32, 2 ** 31, 2 ** 40].map(isPowerOfTwo)).not.toContain(false);
  expect([0, -2, 3, 2.5, 2 ** 31 + 1, 2 ** 40 + 1, NaN, Infinity].map(isPowerOfTwo)).not.toContain(true);
});
