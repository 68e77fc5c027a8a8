import { expect, test } from 'vitest';
import { readFigure, requireFigure } from './figure';

test.each([
  ['1,040,128', 1_040_128],
  ['5.08×', 5.08],
  ['7.49× of float32', 7.49],
  ['4.33 ± 0.15', 4.33],
  ['99.7 %', 99.7],
  ['3.1e−6', 3.1e-6],
  ['−0.14', -0.14],
])('reads %s', (text, value) => expect(readFigure(text)).toEqual({ text, value }));

test.each([
  ['+0.82 [+0.61, +1.03]', 0.82, [0.61, 1.03]],
  ['−0.14 [−0.46, +0.17]', -0.14, [-0.46, 0.17]],
  ['+4.2e7 [+3.5e7, +5.0e7]', 4.2e7, [3.5e7, 5e7]],
])('reads %s with its interval', (text, value, ci95) =>
  expect(readFigure(text)).toEqual({ text, value, ci95 }),
);

test('text without a number has no figure', () => {
  expect(readFigure('–')).toBeUndefined();
  expect(() => requireFigure('–', 'docs/x.md, column Bytes')).toThrow('docs/x.md, column Bytes is "–"');
});
