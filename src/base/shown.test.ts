import { expect, test } from 'vitest';
import { quoted, shown } from './shown';

test.each<[unknown, string]>([
  ['a "b"\n', '"a \\"b\\"\\n"'],
  [1.5, '1.5'],
  [null, 'null'],
  [true, 'true'],
  [undefined, 'nothing'],
  [[1], 'a list'],
  [{ toString: null, toJSON: null }, 'an object'],
  ['x'.repeat(1e6), `"${'x'.repeat(80)}"…`],
])('%j', (value, text) => {
  expect(shown(value)).toBe(text);
});

test('deep nesting and numbers that JSON lacks do not throw', () => {
  expect(shown(JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)))).toBe('a list');
  expect(shown(Infinity)).toBe('null');
});

test('names are quoted, escaped and cut', () => {
  expect(quoted('a "b"')).toBe('"a \\"b\\""');
  expect(quoted('x'.repeat(1e6))).toBe(`"${'x'.repeat(119)}…"`);
});
