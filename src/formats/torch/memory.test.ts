import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { memoryBytes } from '../../testing/memoryBytes';
import { joined } from '../../testing/mutations';
import { bytesSource } from '../byteSource';
import { torchHost } from './host';
import type { PickleHost } from './pickle/machine';
import { unpickle } from './pickle/unpickle';
import { torchArchive, writeZip } from './testing/archive';
import { parseTorch } from './testing/parseTorch';
import { global, int, op, storage, text, tuple } from './testing/pickles';
import { readZip } from './zip';

/** Returns the bytes repeated `count` times. */
function times(count: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(count * bytes.length);
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** Reading a file may take this many times its size in memory, as openTorch states, plus a constant. */
const MEMORY_FACTOR = 128;
const MEMORY_BASE = 4 << 20;
const COUNT = 100_000;
/** A persistent id None, at which the test measures memory while the pickle's values are still on the stack. */
const MEASURE = op(0x4e, 0x51);

/** Returns the bytes in use at the pickle's MEASURE, minus those before it was read. */
function memoryOf(pickle: Uint8Array): number {
  const host = torchHost((name, _, byteLength) => ({ name, begin: 0, byteLength }));
  const before = memoryBytes();
  let held = Infinity;
  const persistent: PickleHost['persistent'] = (id) => {
    if (id !== null) return host.persistent(id);
    held = memoryBytes() - before;
    return null;
  };
  expect(() => unpickle(pickle, { ...host, persistent })).toThrow(LabError);
  return held;
}

const ONES = tuple(...Array<Buffer>(16).fill(int(1)));

/** Puts a tensor into memo 2, its function into memo 0 and its arguments into memo 1. */
const FIRST = joined(
  global('torch._utils', '_rebuild_tensor_v2'),
  op(0x71, 0),
  tuple(storage(4), int(0), ONES, ONES, op(0x89), op(0x4e)),
  op(0x71, 1, 0x52, 0x71, 2),
);
const SAME_TENSOR = op(0x68, 0, 0x68, 1, 0x52);

/** Returns a dict of COUNT names with the same tensor, which is rebuilt for each or only once. */
function named(again: boolean): Uint8Array {
  const names = Array.from({ length: COUNT }, (_, i) => Buffer.from(i.toString(36).padStart(4, '0')));
  const items = names.flatMap((name) => [op(0x8c, 4), name, again ? SAME_TENSOR : op(0x68, 2)]);
  return joined(op(0x80, 2, 0x7d, 0x28), text('first'), FIRST, Buffer.concat(items), op(0x75));
}

const repeated = (...code: number[]) => joined(op(0x80, 2), times(COUNT, op(...code)));

describe('memory use', () => {
  it.each<[name: string, make: () => Uint8Array]>([
    ['None values', () => repeated(0x4e)],
    ['empty dicts', () => repeated(0x7d)],
    ['empty dicts in the memo', () => repeated(0x7d, 0x94)],
    ['marks', () => joined(repeated(0x28), op(0x4e))],
    ['dicts of one entry', () => repeated(0x7d, 0x4b, 1, 0x4e, 0x73)],
    ['nested tuples', () => joined(op(0x80, 2, 0x4e), times(COUNT, op(0x85)))],
    [
      'references to one string',
      () => joined(op(0x80, 2), text('a'), op(0x71, 0), times(COUNT, op(0x68, 0))),
    ],
    ['one tensor rebuilt many times', () => joined(op(0x80, 2), FIRST, times(COUNT, SAME_TENSOR))],
    ['many tensors with names', () => named(true)],
    ['one tensor with many names', () => named(false)],
  ])(`for a pickle of %s is at most ${MEMORY_FACTOR} times its size`, (_, make) => {
    const pickle = joined(make(), MEASURE);
    const held = memoryOf(pickle);
    expect(held).toBeLessThan(MEMORY_FACTOR * pickle.length + MEMORY_BASE);
  });

  it('for the tensors of a file is at most the same factor', async () => {
    const file = torchArchive(joined(named(true), op(0x2e)), [new Uint8Array(16)]);
    const before = memoryBytes();
    const tensors = await parseTorch(file);
    expect(memoryBytes() - before).toBeLessThan(MEMORY_FACTOR * file.byteLength + MEMORY_BASE);
    expect(tensors.size).toBe(COUNT + 1);
  });

  it('for a directory of many files is at most the same factor', async () => {
    const parts = Array.from({ length: 3000 }, (_, i) => ({ name: i.toString(36), bytes: new Uint8Array() }));
    const file = writeZip(parts);
    const before = memoryBytes();
    const entries = await readZip(bytesSource(file));
    const held = memoryBytes() - before;
    expect(held).toBeLessThan(MEMORY_FACTOR * file.byteLength + MEMORY_BASE);
    expect(entries.size).toBe(parts.length);
  });
});
