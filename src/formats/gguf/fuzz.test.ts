import v8 from 'node:v8';
import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import { joined, MUTATIONS, type Mutate } from '../../testing/mutations';
import { blockTypes } from './blockTypes';
import { parseGguf } from './parse';
import { decodeTensor, tensorBytes } from './tensor';
import { EVERY_VALUE, everything } from './testing/content';
import { referenceFile } from './testing/referenceFile';
import type { GgufFile } from './types';
import { writeGguf } from './write';

/** Files to break; GGUF_FUZZ asks for more than the 20,000 of an ordinary run. */
const RUNS = Number(process.env.GGUF_FUZZ ?? 20_000);

function corpus(): Uint8Array[] {
  const older = referenceFile();
  older[4] = 2;
  const headers = [writeGguf({ metadata: EVERY_VALUE, tensors: [] })];
  return [writeGguf(everything()), writeGguf(everything(64)), referenceFile(), older, ...headers];
}

/** What breaks any file, and small numbers: of types, dimensions and lengths. */
const GGUF_MUTATIONS: readonly Mutate[] = [
  ...MUTATIONS,
  (bytes, below) => {
    if (bytes.length < 4) return bytes;
    new DataView(bytes.buffer).setUint32(below(bytes.length - 3), below(40), true);
    return bytes;
  },
];

/** A file of the corpus with one to four mutations, the first thousand bytes (the header) preferred. */
function broken(files: readonly Uint8Array[], index: number): Uint8Array {
  const random = new KeyedRandom(index, 0x67677566);
  const below = (n: number) => Math.floor(random.nextUniform() * n);
  let bytes: Uint8Array = files[below(files.length)].slice();
  for (let left = 1 + below(4); left > 0 && bytes.length > 0; left--) {
    const mutate = GGUF_MUTATIONS[below(GGUF_MUTATIONS.length)];
    const header = below(4) > 0;
    bytes = mutate(bytes, (n) => below(header ? Math.min(n, 1000) : n));
  }
  return bytes;
}

/** What a reader may rely on in a file that was accepted. */
function checkSound(bytes: Uint8Array, file: GgufFile): void {
  let end = 0;
  for (const tensor of [...file.tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (tensor.byteLength === 0) continue;
    expect(tensor.offset).toBeGreaterThanOrEqual(end);
    end = tensor.offset + tensor.byteLength;
    expect(file.dataStart + end).toBeLessThanOrEqual(bytes.length);
    if (!blockTypes.has(tensor.type)) continue;
    const values = decodeTensor(tensor, tensorBytes(bytes, file, tensor));
    expect(values.length).toBe(tensor.dims.reduce((product, n) => product * n, 1));
  }
}

/** Whether the file was accepted; anything but a refusal with a sentence and a remedy fails the test. */
function accepted(bytes: Uint8Array): boolean {
  let file: GgufFile;
  try {
    file = parseGguf(bytes);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const fine = ['bad-file', 'unsupported'].includes(error.code) && error.remedy !== '';
    if (fine && /^[^\n]{10,600}\.$/.test(error.message)) return false;
    throw new Error(`A refusal without code, sentence or remedy: ${error.message}`, { cause: error });
  }
  checkSound(bytes, file);
  return true;
}

describe('broken files', () => {
  it(`are refused with a sentence, or sound (${RUNS} files)`, { timeout: 600_000 }, () => {
    const files = corpus();
    let kept = 0;
    for (let i = 0; i < RUNS; i++) {
      const bytes = broken(files, i);
      try {
        kept += Number(accepted(bytes));
      } catch (cause) {
        throw new Error(`File ${i}: ${Buffer.from(bytes).toString('base64')}`, { cause });
      }
    }
    // Neither all nor none: the mutations reach behind the checks, and the checks see them.
    expect(kept / RUNS).toBeGreaterThan(0.05);
    expect(kept / RUNS).toBeLessThan(0.95);
  });

  it('of any bytes behind the magic are refused or sound', () => {
    const head = Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0);
    const counts = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));
    fc.assert(
      fc.property(counts, fc.uint8Array({ maxLength: 300 }), ([tensors, entries], rest) => {
        const sizes = BigUint64Array.of(BigInt(tensors), BigInt(entries));
        accepted(joined(head, new Uint8Array(sizes.buffer), rest));
      }),
      { numRuns: 2000 },
    );
  });
});

/** Heap and array buffers, after a collection. */
function memoryBytes(): number {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

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

/** One key whose value is a list of `count` items of type `items`, each `bytesEach` zeros. */
function listFile(items: number, count: number, bytesEach: number): Uint8Array {
  const start = new Uint8Array(8 + 1 + 4 + 4 + 8);
  const view = new DataView(start.buffer);
  start[0] = 1;
  start[8] = 0x6b;
  view.setUint32(9, 9, true);
  view.setUint32(13, items, true);
  view.setUint32(17, count, true);
  return joined(header(0, 1), start, new Uint8Array(count * bytesEach));
}

/** As many entries as fit, with keys of three bytes: the shortest there are enough of. */
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

/** What a parsed header may weigh: this many times the file, beside what any parse needs. */
const MEMORY_FACTOR = 16;
const MEMORY_BASE = 4 << 20;

describe('memory', () => {
  it.each<[name: string, make: () => Uint8Array, sound: boolean]>([
    ['empty texts', () => listFile(8, 200_000, 8), true],
    ['truth values', () => listFile(7, 2_000_000, 1), true],
    ['numbers', () => listFile(4, 500_000, 4), true],
    ['lists inside a list', () => listFile(9, 4096, 12), true],
    ['more lists than allowed', () => listFile(9, 200_000, 12), false],
    ['short metadata', () => entriesFile(100_000), true],
    ['tensors without values', () => tensorsFile(60_000), true],
  ])(`of a file full of %s stays within ${MEMORY_FACTOR} times its size`, (name, make, sound) => {
    const bytes = make();
    const before = memoryBytes();
    let file: GgufFile | undefined;
    try {
      file = parseGguf(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
    }
    const grown = memoryBytes() - before;
    expect(file !== undefined).toBe(sound);
    expect(grown).toBeLessThan(MEMORY_FACTOR * bytes.byteLength + MEMORY_BASE);
    if (process.env.GGUF_FUZZ) console.log(name, grown / bytes.byteLength);
  });
});
