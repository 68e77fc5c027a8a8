import v8 from 'node:v8';
import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import { joined, MUTATIONS, type Below, type Mutate } from '../../testing/mutations';
import { bytesSource } from '../byteSource';
import { tensorBytes } from '../dtypes';
import { torchHost } from './host';
import { LEGACY_START_BYTES } from './legacy';
import type { PickleHost } from './pickle/machine';
import { OPCODES, STOP } from './pickle/opcodes';
import { unpickle } from './pickle/unpickle';
import { partsOf, torchArchive, writeZip, type Part } from './testing/archive';
import { parseTorch } from './testing/parseTorch';
import { global, int, op, storage, text, tuple } from './testing/pickles';
import { torchFile } from './testing/torchFiles';
import { readZip } from './zip';

/** Files to break; TORCH_FUZZ asks for more than the 20,000 of an ordinary run. */
const RUNS = Number(process.env.TORCH_FUZZ ?? 20_000);

/** Counts and elements behind the last pickle of the reference file. */
const LEGACY_STORAGES_BYTES = 298;

const CODES = [...OPCODES.keys(), STOP];

/** What breaks any file, and what pickles and zip directories hold: opcodes, short lengths. */
const TORCH_MUTATIONS: readonly Mutate[] = [
  ...MUTATIONS,
  (bytes, below) => {
    bytes[below(bytes.length)] = CODES[below(CODES.length)];
    return bytes;
  },
  (bytes, below) => {
    if (bytes.length < 2) return bytes;
    new DataView(bytes.buffer).setUint16(below(bytes.length - 1), below(300), true);
    return bytes;
  },
];

function mutated(original: Uint8Array, below: Below): Uint8Array {
  let bytes: Uint8Array = original.slice();
  for (let left = 1 + below(4); left > 0 && bytes.length > 0; left--)
    bytes = TORCH_MUTATIONS[below(TORCH_MUTATIONS.length)](bytes, below);
  return bytes;
}

/** Mutations of the archive itself: its end, where the directory is, preferred. */
function brokenArchive(file: Uint8Array, below: Below): Uint8Array {
  const head = below(3) > 0 ? Math.max(0, file.length - 1200) : 0;
  return joined(file.subarray(0, head), mutated(file.subarray(head), below));
}

/** Mutations of one part, in an archive that is sound and has the right checksums: these reach the pickle. */
function brokenPart(parts: readonly Part[], below: Below): Uint8Array {
  const chosen =
    below(4) > 0 ? parts.findIndex(({ name }) => name.endsWith('data.pkl')) : below(parts.length);
  return writeZip(
    parts.map((part, i) => (i === chosen ? { ...part, bytes: mutated(part.bytes, below) } : part)),
    { wide: below(4) === 0 },
  );
}

/** Mutations behind the magic number of a file from before torch 1.6: its pickles, preferred, and its storages. */
function brokenLegacy(file: Uint8Array, below: Below): Uint8Array {
  const tail = below(4) > 0 ? file.length - LEGACY_STORAGES_BYTES : file.length;
  return joined(
    file.subarray(0, LEGACY_START_BYTES),
    mutated(file.subarray(LEGACY_START_BYTES, tail), below),
    file.subarray(tail),
  );
}

/** Whether the file was accepted; anything but a refusal with a sentence and a remedy fails the test. */
async function accepted(bytes: Uint8Array): Promise<boolean> {
  let tensors;
  try {
    tensors = await parseTorch(bytes);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    const fine = ['bad-file', 'unsupported', 'limit'].includes(error.code) && error.remedy !== '';
    if (fine && /^[^\n]{10,600}\.$/.test(error.message)) return false;
    throw new Error(`A refusal without code, sentence or remedy: ${error.message}`, { cause: error });
  }
  for (const { dtype, shape, bytes: values } of tensors.values())
    expect(values.byteLength).toBe(tensorBytes(dtype, shape));
  return true;
}

async function checkRuns(
  runs: number,
  broken: (below: Below) => Uint8Array,
  stream: number,
): Promise<number> {
  let kept = 0;
  for (let i = 0; i < runs; i++) {
    const random = new KeyedRandom(i, stream);
    const bytes = broken((n) => Math.floor(random.nextUniform() * n));
    try {
      kept += Number(await accepted(bytes));
    } catch (cause) {
      throw new Error(`File ${i}: ${Buffer.from(bytes).toString('base64')}`, { cause });
    }
  }
  return kept / runs;
}

describe('broken files', () => {
  it(
    `are refused with a sentence, or sound (${RUNS} archives, pickles and older files)`,
    { timeout: 600_000 },
    async () => {
      const files = await Promise.all((['protocol2', 'protocol4', 'training'] as const).map(torchFile));
      const parts = await Promise.all(files.map(partsOf));
      const older = await torchFile('legacy');
      const third = Math.ceil(RUNS / 3);
      const archives = await checkRuns(third, (below) => brokenArchive(files[below(2)], below), 0x7a6970);
      const pickles = await checkRuns(third, (below) => brokenPart(parts[below(3)], below), 0x706b6c);
      const legacy = await checkRuns(third, (below) => brokenLegacy(older, below), 0x6f6c64);
      // Neither all nor none: the mutations reach behind the checks, and the checks see them.
      expect(archives).toBeGreaterThan(0.01);
      expect(archives).toBeLessThan(0.9);
      expect(pickles).toBeGreaterThan(0.05);
      expect(pickles).toBeLessThan(0.9);
      // A pickle that grew or shrank moves everything behind it.
      expect(legacy).toBeGreaterThan(0.01);
      expect(legacy).toBeLessThan(0.9);
    },
  );

  it('of any opcodes in any order are refused or sound', { timeout: 600_000 }, async () => {
    const small = fc.nat({ max: 5 }).map((n) => op(0x4b, n));
    const piece = fc.oneof(
      fc.constantFrom(...CODES).map((code) => op(code)),
      fc.constantFrom('FloatStorage', 'LongStorage', 'Tensor').map((name) => global('torch', name)),
      fc.constantFrom('_rebuild_tensor_v2', '_rebuild_parameter').map((name) => global('torch._utils', name)),
      fc.constant(global('collections', 'OrderedDict')),
      fc.constant(storage(4)),
      fc.tuple(small, small).map((sizes) => tuple(...sizes)),
      small,
      fc.constantFrom('a', 'storage', '0').map(text),
    );
    const pickles = fc
      .array(piece, { maxLength: 30 })
      .map((pieces) => Buffer.concat([op(0x80, 2), ...pieces]));
    const property = fc.asyncProperty(pickles, async (pickle) => {
      await accepted(torchArchive(pickle, [new Uint8Array(16)]));
    });
    await fc.assert(property, { numRuns: 2000, seed: 5 });
  });
});

/** Heap and array buffers, after collections: the first only releases what holds buffers. */
function memoryBytes(): number {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc') as () => void;
  gc();
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** `count` times the same bytes. */
function times(count: number, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(count * bytes.length);
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** What a file may weigh while it is read: this many times its bytes, beside what any needs (openTorch states the factor). */
const MEMORY_FACTOR = 128;
const MEMORY_BASE = 4 << 20;
const COUNT = 100_000;
/** None as a reference outside: where the memory is read, with everything the pickle made still on its stack. */
const MEASURE = op(0x4e, 0x51);

/** Bytes in use at the pickle's MEASURE, beyond those before it began. */
function weight(pickle: Uint8Array): number {
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

/** A tensor in memo 2, with its function in memo 0 and its arguments in memo 1. */
const FIRST = joined(
  global('torch._utils', '_rebuild_tensor_v2'),
  op(0x71, 0),
  tuple(storage(4), int(0), ONES, ONES, op(0x89), op(0x4e)),
  op(0x71, 1, 0x52, 0x71, 2),
);
const SAME_TENSOR = op(0x68, 0, 0x68, 1, 0x52);

/** A dict of COUNT names with the same tensor, made again for each or once. */
function named(again: boolean): Uint8Array {
  const names = Array.from({ length: COUNT }, (_, i) => Buffer.from(i.toString(36).padStart(4, '0')));
  const items = names.flatMap((name) => [op(0x8c, 4), name, again ? SAME_TENSOR : op(0x68, 2)]);
  return joined(op(0x80, 2, 0x7d, 0x28), text('first'), FIRST, Buffer.concat(items), op(0x75));
}

const repeated = (...code: number[]) => joined(op(0x80, 2), times(COUNT, op(...code)));

describe('memory', () => {
  it.each<[name: string, make: () => Uint8Array]>([
    ['nothing but None', () => repeated(0x4e)],
    ['empty dicts', () => repeated(0x7d)],
    ['empty dicts in the memo', () => repeated(0x7d, 0x94)],
    ['marks', () => joined(repeated(0x28), op(0x4e))],
    ['dicts of one entry', () => repeated(0x7d, 0x4b, 1, 0x4e, 0x73)],
    ['tuples in tuples', () => joined(op(0x80, 2, 0x4e), times(COUNT, op(0x85)))],
    ['references to one text', () => joined(op(0x80, 2), text('a'), op(0x71, 0), times(COUNT, op(0x68, 0)))],
    ['one tensor again and again', () => joined(op(0x80, 2), FIRST, times(COUNT, SAME_TENSOR))],
    ['tensors by name', () => named(true)],
    ['one tensor by many names', () => named(false)],
  ])(`for a pickle of %s stays within ${MEMORY_FACTOR} times its size`, (name, make) => {
    const pickle = joined(make(), MEASURE);
    const held = weight(pickle);
    if (process.env.TORCH_FUZZ) console.log(name, held / pickle.length);
    expect(held).toBeLessThan(MEMORY_FACTOR * pickle.length + MEMORY_BASE);
  });

  it('for the tensors of a file stays within the same factor', async () => {
    const file = torchArchive(joined(named(true), op(0x2e)), [new Uint8Array(16)]);
    const before = memoryBytes();
    const tensors = await parseTorch(file);
    expect(memoryBytes() - before).toBeLessThan(MEMORY_FACTOR * file.byteLength + MEMORY_BASE);
    expect(tensors.size).toBe(COUNT + 1);
  });

  it('for a directory of many files stays within the same factor', async () => {
    const parts = Array.from({ length: 3000 }, (_, i) => ({ name: i.toString(36), bytes: new Uint8Array() }));
    const file = writeZip(parts);
    const before = memoryBytes();
    const entries = await readZip(bytesSource(file));
    const held = memoryBytes() - before;
    if (process.env.TORCH_FUZZ) console.log('directory', held / file.byteLength);
    expect(held).toBeLessThan(MEMORY_FACTOR * file.byteLength + MEMORY_BASE);
    expect(entries.size).toBe(parts.length);
  });
});
