import { expect, test } from 'vitest';
import { expectClose } from './close';

test('accepts errors up to abs + rel · |expected|', () => {
  expectClose([1.0009, 100.05], [1, 100], { abs: 1e-3, rel: 1e-3 });
});

test('reports number, size and position of the errors, and the first pairs', () => {
  expect(() => expectClose([1, 2, 9, 4, NaN], [1, 2, 3, 5, 5], { abs: 0.1 })).toThrow(
    /3 of 5 values differ.*at 4.*\[2\] 9 instead of 3/,
  );
});

test('refuses a reference of zeros or of another length', () => {
  expect(() => expectClose([0, 0], [0, 0], { abs: 1 })).toThrow('magnitude');
  expect(() => expectClose([1], [1, 2], { abs: 1 })).toThrow('length');
});
