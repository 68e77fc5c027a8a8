import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { memoryBytes } from '../../testing/memoryBytes';
import { joined } from '../../testing/mutations';
import { parseGguf } from './parse';
import type { GgufFile } from './types';

function header(tensors: number, entries: number): Uint8Array {
  const sizes = BigUint64Array.of(BigInt(tensors), BigInt(entries));
  return joined(Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0), new Uint8Array(sizes.buffer));
}

function packed(
  count: number,
  bytesEach: number,
  write: (view: DataView, at: number, i: number) => void,
): Uint8Array {
  const bytes = new Uint8Array(count * bytesEach);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) write(view, i * bytesEach, i);
  return bytes;
}

/** Returns a file with one key whose value is an array of `count` elements of type `items`, each `bytesEach` zero bytes. */
function arrayFile(items: number, count: number, bytesEach: number): Uint8Array {
  const start = new Uint8Array(8 + 1 + 4 + 4 + 8);
  const view = new DataView(start.buffer);
  start[0] = 1;
  start[8] = 0x6b;
  view.setUint32(9, 9, true);
  view.setUint32(13, items, true);
  view.setUint32(17, count, true);
  return joined(header(0, 1), start, new Uint8Array(count * bytesEach));
}

/** Returns a file of metadata entries with keys of three bytes, the shortest that give enough different keys. */
const entriesFile = (count: number) =>
  joined(
    header(0, count),
    packed(count, 16, (view, at, i) => {
      view.setUint8(at, 3);
      for (let k = 0; k < 3; k++) view.setUint8(at + 8 + k, 1 + ((i >> (6 * k)) & 63));
    }),
  );

const tensorsFile = (count: number) =>
  joined(
    header(count, 0),
    packed(count, 35, (view, at, i) => {
      view.setUint8(at, 3);
      for (let k = 0; k < 3; k++) view.setUint8(at + 8 + k, 1 + ((i >> (6 * k)) & 63));
      view.setUint32(at + 11, 1, true);
    }),
  );

/** A parsed header may take this many times the file's size in memory, plus a constant. */
const MEMORY_FACTOR = 16;
const MEMORY_BASE = 4 << 20;

describe('memory of a parsed header', () => {
  it.each<[name: string, make: () => Uint8Array, valid: boolean]>([
    ['empty strings', () => arrayFile(8, 200_000, 8), true],
    ['booleans', () => arrayFile(7, 2_000_000, 1), true],
    ['numbers', () => arrayFile(4, 500_000, 4), true],
    ['nested arrays', () => arrayFile(9, 4096, 12), true],
    ['too many nested arrays', () => arrayFile(9, 200_000, 12), false],
    ['short metadata', () => entriesFile(100_000), true],
    ['tensors without values', () => tensorsFile(60_000), true],
  ])(`of a file full of %s is at most ${MEMORY_FACTOR} times its size`, (_, make, valid) => {
    const bytes = make();
    const before = memoryBytes();
    let file: GgufFile | undefined;
    try {
      file = parseGguf(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
    }
    const grown = memoryBytes() - before;
    expect(file !== undefined).toBe(valid);
    expect(grown).toBeLessThan(MEMORY_FACTOR * bytes.byteLength + MEMORY_BASE);
  });
});
