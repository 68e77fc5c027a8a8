import { expect, test } from 'vitest';

test.each([
  [Float32Array.of(1, NaN, -0), Float32Array.of(1, NaN, -0), true],
  [Float32Array.of(1, 2), Float32Array.of(1, 3), false],
  [Float32Array.of(0), Float32Array.of(-0), false],
  [Float32Array.of(1), Float32Array.of(1, 2), false],
  [Float32Array.of(1), Float64Array.of(1), false],
  [BigInt64Array.of(1n), BigInt64Array.of(1n), true],
])('%s and %s are equal: %s', (a, b, equal) => {
  if (equal) expect({ a }).toEqual({ a: b });
  else expect({ a }).not.toEqual({ a: b });
});
