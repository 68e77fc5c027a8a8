import { expect, test } from 'vitest';
import { treemap } from './treemap';

test('tiles have areas proportional to sizes and fill the square', () => {
  expect(treemap([1, 2, 1], 1)).toEqual([
    { x: 0.5, y: 0, width: 0.5, height: 0.5 },
    { x: 0, y: 0, width: 0.5, height: 1 },
    { x: 0.5, y: 0.5, width: 0.5, height: 0.5 },
  ]);
});

test('a wide drawing is divided across its width first', () => {
  expect(treemap([3, 1], 4)[0]).toEqual({ x: 0, y: 0, width: 0.75, height: 1 });
  expect(treemap([3, 1], 0.5)[0]).toEqual({ x: 0, y: 0, width: 1, height: 0.75 });
  expect(treemap([], 1)).toEqual([]);
});
