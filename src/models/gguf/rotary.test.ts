import { expect, it } from 'vitest';
import { toSplitHalves, toInterleaved } from './rotary';

/** Permuted row indices from numpy: arange(rows).reshape(heads, 2, width / 2).swapaxes(1, 2), as in convert_hf_to_gguf.py. */
const PERMUTED = [
  { rows: 12, headWidth: 6, expected: [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11] },
  { rows: 8, headWidth: 8, expected: [0, 4, 1, 5, 2, 6, 3, 7] },
  { rows: 4, headWidth: 2, expected: [0, 1, 2, 3] },
];

it.each(PERMUTED)('$rows rows in heads of $headWidth', ({ rows, headWidth, expected }) => {
  const columns = 3;
  const values = Float32Array.from({ length: rows * columns }, (_, i) => i);
  const permuted = toInterleaved(values, headWidth, columns);
  const firsts = Array.from({ length: rows }, (_, row) => permuted[row * columns] / columns);
  expect(firsts).toEqual(expected);
  expect(permuted[columns + 2] - permuted[columns]).toBe(2);
  expect(toSplitHalves(permuted, headWidth, columns)).toEqual(values);
});
