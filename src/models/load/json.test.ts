import { expect, test } from 'vitest';
import { parseJsonObject } from './json';

const parse = (text: string) => parseJsonObject('config.json', new TextEncoder().encode(text));

test('numbers that are not finite are read as Python writes them, and only outside strings', () => {
  expect(
    parse('{"a": NaN, "b": [Infinity, -Infinity, {"c":NaN}], "NaN": "-Infinity, \\"NaN", "d": 1}'),
  ).toEqual({
    ...{ a: NaN, b: [Infinity, -Infinity, { c: NaN }], NaN: '-Infinity, "NaN', d: 1 },
  });
});

test('what Python does not write is refused', () => {
  for (const text of [
    '{"a": nan}',
    '{"a": +Infinity}',
    '{"a": NaNs}',
    '{"a": - Infinity}',
    '{"a": NaN,}',
    '{',
  ])
    expect(() => parse(text)).toThrow(/config\.json is not JSON/);
});

test('a stand-in is named', () => {
  expect(() => parse('version https://git-lfs.github.com/spec/v1\nsize 700\n')).toThrow(
    'config.json is a Git LFS pointer that stands for a file of 700 bytes.',
  );
  expect(() => parse('<html>')).toThrow('config.json is a web page.');
});
