import { expect, test } from 'vitest';
import { parseSafetensors } from '../../formats/safetensors/read';
import { parseJsonObject } from '../../models/load/json';
import { memoryBytes } from '../memoryBytes';
import { jsonBytes } from './anyJson';
import { withHeader } from './readers/safetensors';

/** A parsed JSON file may take this many times its size in memory, plus a constant. */
const HEAP_FACTOR = 32;
const HEAP_BASE = 4 << 20;
const COUNT = 50_000;

const header = (make: () => object) => () => withHeader(new Uint8Array(8), () => jsonBytes(make()));
const names = (value: unknown) =>
  Object.fromEntries(Array.from({ length: COUNT }, (_, i) => [i.toString(36), value]));

/** The files that take the most memory per byte: many small elements. */
test.each<[string, () => Uint8Array, (bytes: Uint8Array) => unknown]>([
  [
    'tensors without values',
    header(() => names({ dtype: 'U8', shape: [0], data_offsets: [0, 0] })),
    parseSafetensors,
  ],
  ['empty metadata', header(() => ({ __metadata__: names('') })), parseSafetensors],
  ['empty lists', () => jsonBytes({ a: Array(COUNT).fill([]) }), (bytes) => parseJsonObject('x', bytes)],
  ['empty objects', () => jsonBytes({ a: Array(COUNT).fill({}) }), (bytes) => parseJsonObject('x', bytes)],
  [
    'nested lists',
    () => new TextEncoder().encode(`{"a":${'['.repeat(COUNT)}${']'.repeat(COUNT)}}`),
    (bytes) => parseJsonObject('x', bytes),
  ],
  ['names', () => jsonBytes(names(0)), (bytes) => parseJsonObject('x', bytes)],
])(`a file full of %s takes at most ${HEAP_FACTOR} times its size in memory`, (_, make, read) => {
  const bytes = make();
  const before = memoryBytes();
  const held = read(bytes);
  const grown = memoryBytes() - before;
  expect(held).toBeTypeOf('object');
  expect(grown).toBeLessThan(HEAP_FACTOR * bytes.length + HEAP_BASE);
});
