import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Cancelled } from '../../base/errors';
import { roundToHalf } from '../../base/float16';
import { fixture } from '../../testing/fixtures';
import { bytesSource } from '../byteSource';
import { parseSafetensors, toFloat32 } from '../safetensors/read';
import type { RawTensor } from '../dtypes';
import { openTorch } from './open';
import { partsOf, torchArchive, writeZip } from './testing/archive';
import {
  dictPickle,
  global,
  int,
  long,
  NONE,
  op,
  orderedDict,
  pickle,
  storage,
  tensor,
  text,
  tuple,
} from './testing/pickles';
import { parseTorch } from './testing/parseTorch';
import { failure, open, refused, six } from './testing/refused';
import { torchFile } from './testing/torchFiles';

/** Elements of the tensor `base` in the reference files. */
const base = (row: number, column: number) => 4 * row + column - 5.5;
const grid = (rows: number, columns: number, at: (row: number, column: number) => number) =>
  Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns));

describe.each(['protocol2', 'protocol4', 'legacy'] as const)('a file of PyTorch (%s)', (name) => {
  it('has every tensor in row-major order', async () => {
    const tensors = await parseTorch(await torchFile(name));
    const values = (key: string) => Array.from(toFloat32(tensors.get(key)!));
    expect(tensors.get('plain')).toMatchObject({ dtype: 'F32', shape: [3, 4] });
    expect(values('plain')).toEqual(grid(3, 4, base));
    expect(tensors.get('turned')!.shape).toEqual([4, 3]);
    expect(values('turned')).toEqual(grid(4, 3, (row, column) => base(column, row)));
    expect(values('column')).toEqual([-4.5, -0.5, 3.5]);
    expect(tensors.get('tail')!.dtype).toBe('BF16');
    expect(values('tail')).toEqual([4, 5, 6, 7, 8, 9]);
    expect(values('whole')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(values('every other')).toEqual([1, 3, 5, 7, 9]);
    expect(values('expanded')).toEqual([1.5, -2, 1.5, -2, 1.5, -2]);
    expect(tensors.get('scalar')).toMatchObject({ dtype: 'F16', shape: [] });
    expect(values('scalar')).toEqual([-10000]);
    expect(tensors.get('empty')).toMatchObject({ dtype: 'F32', shape: [0, 3], bytes: new Uint8Array() });
    expect(values('double')).toEqual([Math.fround(0.1), -3]);
    expect(values('parameter')).toEqual([2, 3]);
    expect(values('höhe')).toEqual([1]);
  });

  it('has integers and booleans as they are stored', async () => {
    const tensors = await parseTorch(await torchFile(name));
    const bytes = (key: string) => Buffer.from(tensors.get(key)!.bytes).toString('hex');
    expect(tensors.get('long')).toMatchObject({ dtype: 'I64', shape: [1, 2] });
    expect(bytes('long')).toBe('ffffffffffffffff' + '0000000000010000');
    expect([tensors.get('int')!.dtype, bytes('int')]).toEqual(['I32', 'f9ffffff']);
    expect([tensors.get('short')!.dtype, bytes('short')]).toEqual(['I16', 'd4fe']);
    expect([tensors.get('char')!.dtype, bytes('char')]).toEqual(['I8', 'fd04']);
    expect([tensors.get('byte')!.dtype, bytes('byte')]).toEqual(['U8', 'ff01']);
    expect([tensors.get('bool')!.dtype, bytes('bool')]).toEqual(['BOOL', '0100']);
    expect(tensors.size).toBe(19);
  });

  it('shares storages and whole tensors instead of copying them', async () => {
    const file = await torchFile(name);
    const tensors = await parseTorch(file);
    expect(tensors.get('turned twin')).toBe(tensors.get('turned'));
    expect(tensors.get('plain')!.bytes.buffer).toBe(file.buffer);
    expect(tensors.get('tail')!.bytes.byteOffset).toBe(tensors.get('whole')!.bytes.byteOffset + 8);
  });
});

/** Returns the names, types, shapes and bytes of tensors, sorted by name. */
function listed(tensors: ReadonlyMap<string, RawTensor>): unknown[] {
  return [...tensors]
    .map(([name, { dtype, shape, bytes }]) => [name, dtype, [...shape], Buffer.from(bytes).toString('hex')])
    .sort((a, b) => String(a[0]).localeCompare(String(b[0])));
}

describe('checkpoints of transformers', () => {
  it('gpt2-width2 equals its safetensors bit for bit', async () => {
    const folder = fixture('arch/gpt2-width2');
    const ours = await parseTorch(readFileSync(`${folder}/pytorch_model.bin`));
    expect(listed(ours)).toEqual(
      listed(parseSafetensors(readFileSync(`${folder}/model.safetensors`)).tensors),
    );
  });

  it('gpt2 is its safetensors rounded to float16', async () => {
    const folder = fixture('arch/gpt2');
    const ours = await parseTorch(readFileSync(`${folder}/pytorch_model.bin`));
    const theirs = parseSafetensors(readFileSync(`${folder}/model.safetensors`)).tensors;
    expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [name, tensor] of theirs) {
      expect(ours.get(name)).toMatchObject({ dtype: 'F16', shape: tensor.shape });
      expect(toFloat32(ours.get(name)!)).toEqual(
        Float32Array.from(toFloat32(tensor), (value) => roundToHalf(value)),
      );
    }
  });
});

describe('files that hold more than tensors', () => {
  it.each([
    ['module', /"torch\.nn\.modules\.linear\.Linear"/],
    ['script', /TorchScript program/],
    ['training', /a number under "epoch"/],
  ] as const)('%s is refused with a reason and a remedy', async (name, sentence) => {
    const error = await failure(parseTorch(await torchFile(name)));
    expect(error.code).toBe('unsupported');
    expect(error.message).toMatch(sentence);
    expect(error.remedy).toMatch(/safetensors/);
  });

  it.each([
    ['posix', 'system'],
    ['builtins', 'eval'],
    ['collections', 'OrderedDict.fromkeys'],
    ['torch', 'FloatStorage.__class__'],
    ['torch._utils', '_rebuild_qtensor'],
    ['__proto__', 'constructor'],
  ])('%s.%s is not executed, and the error names it', async (module, name) => {
    const error = await refused(pickle(global(module, name), tuple(text('echo')), op(0x52)));
    expect(error).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(`"${module}.${name}"`),
      remedy: expect.stringContaining('safetensors'),
    });
  });

  it('errors name values that are not tensors', async () => {
    expect((await refused(dictPickle({ a: orderedDict() }))).message).toContain('a dict under "a"');
    expect((await refused(dictPickle({ a: NONE }))).message).toContain('None under "a"');
    expect((await refused(pickle(op(0x7d), int(3), NONE, op(0x73)))).message).toContain('under "3"');
    expect((await refused(pickle(text('x')))).message).toContain('holds a string');
    expect((await refused(pickle(tensor({ shape: [int(6)], strides: [int(1)] })))).message).toContain(
      'holds a tensor instead of a dict of tensors',
    );
  });
});

it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'the name %s does not reach a JavaScript function',
  async (name) => {
    expect((await refused(pickle(global('torch', name), op(0x29, 0x52)))).message).toContain(name);
  },
);

describe('tensors in an untrusted pickle', () => {
  const one = (more: Parameters<typeof tensor>[0]) => dictPickle({ w: tensor(more) });

  it('may be views of their storage in any order', async () => {
    const cube = { shape: [int(3), int(1), int(2)], strides: [int(1), int(77), int(3)] };
    const tensors = await open(one(cube));
    expect(Array.from(toFloat32(tensors.get('w')!))).toEqual([0, 3, 1, 4, 2, 5]);
    const row = await open(one({ offset: int(4), shape: [int(1), int(2)], strides: [int(99), int(1)] }));
    expect(Array.from(toFloat32(row.get('w')!))).toEqual([4, 5]);
  });

  it.each<[string, Parameters<typeof tensor>[0], RegExp]>([
    ['beyond the storage', { shape: [int(7)], strides: [int(1)] }, /element 6 of a storage of 6/],
    [
      'beyond the storage after an offset',
      { offset: int(5), shape: [int(2)], strides: [int(1)] },
      /element 6/,
    ],
    ['of long strides', { shape: [int(2)], strides: [long(2n ** 52n)] }, /reads element/],
    ['of a negative stride', { shape: [int(2)], strides: [int(-1)] }, /stride .*-1/],
    ['of a negative offset', { offset: int(-1), shape: [int(1)], strides: [int(1)] }, /offset/],
    ['of a negative size', { shape: [int(-2)], strides: [int(1)] }, /size .*-2/],
    ['of a size that is not a number', { shape: [text('2')], strides: [int(1)] }, /a string/],
    [
      'of fewer strides than dimensions',
      { shape: [int(2), int(1)], strides: [int(1)] },
      /2 dimensions has 1 strides/,
    ],
    ['of an integer that is too large', { shape: [long(2n ** 60n)], strides: [int(1)] }, /exceeds 2\^53/],
    ['larger than memory', { shape: [long(2n ** 52n), int(4)], strides: [int(0), int(0)] }, /is too large/],
    ['of a missing storage', { from: storage(6, '1'), shape: [int(1)], strides: [int(1)] }, /"1" is missing/],
    [
      'of a path as storage',
      { from: storage(6, '../data.pkl'), shape: [int(1)], strides: [int(1)] },
      /is missing from/,
    ],
    [
      'of a truncated storage',
      { from: storage(7), shape: [int(1)], strides: [int(1)] },
      /should have 28 bytes/,
    ],
    [
      'of another type',
      { from: storage(6, '0', 'HalfStorage'), shape: [int(1)], strides: [int(1)] },
      /12 bytes/,
    ],
    ['of too many arguments', { shape: [int(1)], strides: [int(1)], more: [NONE, NONE] }, /arguments/],
    ['of something other than a storage', { from: int(1), shape: [int(1)], strides: [int(1)] }, /arguments/],
  ])('%s are refused', async (_, more, sentence) => {
    const error = await refused(one(more));
    expect(error).toMatchObject({ code: 'bad-file', message: expect.stringMatching(sentence) });
  });

  it('with conjugated values or too many dimensions are refused', async () => {
    const bits = [op(0x7d), text('conj'), op(0x88), op(0x73)];
    const conjugated = { shape: [int(6)], strides: [int(1)], more: [Buffer.concat(bits)] };
    expect((await refused(one(conjugated))).code).toBe('unsupported');
    const dims = Array.from({ length: 17 }, () => int(1));
    expect((await refused(one({ shape: dims, strides: dims }))).message).toContain('17 dimensions');
  });

  it('whose values would take many times the size of the file are refused before they are copied', async () => {
    const expanded = { shape: [long(2n ** 40n)], strides: [int(0)] };
    expect(await refused(one(expanded))).toMatchObject({
      code: 'limit',
      message: expect.stringContaining(String(2 ** 42)),
    });
  });
});

describe('archives', () => {
  const good = dictPickle({ w: tensor({ shape: [int(6)], strides: [int(1)] }) });
  const zipped = (bytes: Uint8Array) => parseTorch(bytes);

  it('with 64-bit sizes, with comments and in any order are read', async () => {
    for (const options of [{}, { wide: true }, { comment: 'PK\x05\x06 is not the end' }]) {
      const tensors = await zipped(torchArchive(good, [six], options));
      expect(tensors.get('w')!.bytes).toEqual(six);
    }
    const parts = (await partsOf(await torchFile('protocol2'))).reverse();
    expect(listed(await zipped(writeZip(parts)))).toEqual(listed(await zipped(await torchFile('protocol2'))));
  });

  it('can be read by range', async () => {
    const bytes = await torchFile('protocol4');
    const asked: number[] = [];
    const source = bytesSource(bytes);
    const file = await openTorch({
      size: bytes.length,
      read: async (offset, length) => {
        asked.push(offset + length);
        return (await source.read(offset, length)).slice();
      },
    });
    const { begin, end, storage: held } = file.tensors.get('tail')!;
    expect([held.elements, end - begin]).toEqual([10, 12]);
    expect(Math.max(...asked)).toBeLessThanOrEqual(bytes.length);
    const cut = { size: bytes.length, read: async () => new Uint8Array(1) };
    expect((await failure(openTorch(cut))).message).toContain('could be read');
  });

  const entry = (name: string, bytes = six) => ({ name, bytes });
  const root = { name: 'm/data.pkl', bytes: good };
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(), /is empty/],
    ['a web page', new TextEncoder().encode('<!doctype html>'), /is a web page/],
    ['other bytes', Uint8Array.of(1, 2, 3, 0), /begins neither as/],
    ['a truncated file', torchArchive(good, [six]).slice(0, 150), /directory is missing/],
    ['no pickle', writeZip([entry('m/data/0')]), /no data\.pkl/],
    ['two pickles', writeZip([root, { ...root, name: 'n/data.pkl' }]), /2 data\.pkl/],
    ['a duplicate part', writeZip([root, entry('m/data/0'), entry('m/data/0')]), /twice/],
    ['a damaged pickle', writeZip([{ ...root, crc32: 1 }, entry('m/data/0')]), /checksum of "m\/data\.pkl"/],
    ['a damaged storage', writeZip([root, { ...entry('m/data/0'), crc32: 1 }]), /checksum of "m\/data\/0"/],
    ['an unknown byte order', writeZip([root, entry('m/byteorder', op(0x61))]), /byteorder is "a"/],
  ])('of %s are refused', async (_, bytes, sentence) => {
    expect(await failure(zipped(bytes))).toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(sentence),
    });
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['compressed', writeZip([root, { ...entry('m/data/0'), method: 8 }]), /"m\/data\/0" compressed/],
    ['encrypted', writeZip([{ ...root, flags: 1 }, entry('m/data/0')]), /encrypted/],
    ['big-endian', writeZip([root, entry('m/byteorder', Buffer.from('big'))]), /big-endian/],
  ])('that are %s are refused', async (_, bytes, sentence) => {
    expect(await failure(zipped(bytes))).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(sentence),
    });
  });

  it('can be cancelled', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(parseTorch(await torchFile('protocol2'), stop.signal)).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('files of PyTorch before 1.6', () => {
  const MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
  const VERSION = pickle(op(0x4d, 0xe9, 0x03));
  const machine = (little: boolean) =>
    pickle(op(0x7d), text('little_endian'), op(little ? 0x88 : 0x89), op(0x73));
  const vector = dictPickle({ w: tensor({ shape: [int(6)], strides: [int(1)] }) });
  const keys = (...names: string[]) => pickle(op(0x5d, 0x28), ...names.map(text), op(0x65));
  const count = (n: bigint) => new Uint8Array(BigInt64Array.of(n).buffer);
  const file = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat([MAGIC, ...parts]));
  const head = [VERSION, machine(true), vector];

  it('are read if all parts match', async () => {
    const tensors = await parseTorch(file(...head, keys('0'), count(6n), six));
    expect(tensors.get('w')!.bytes).toEqual(six);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['of another version', file(pickle(int(1002)), machine(true), vector), /version "1002"/],
    ['of a big-endian machine', file(VERSION, machine(false), vector), /big-endian/],
    ['without a byte order', file(VERSION, pickle(NONE), vector), /byte order/],
    ['that end early', file(VERSION, machine(true)), /ends before/],
    ['without a list of storages', file(...head, pickle(NONE)), /"0" is missing from the file/],
    ['whose list is empty', file(...head, keys()), /"0" is missing from the file/],
    [
      'with a duplicate storage',
      file(...head, keys('0', '0'), count(6n), six, count(6n), six),
      /listed twice/,
    ],
    ['with an unused storage', file(...head, keys('1'), count(6n), six), /"1", which no tensor uses/],
    [
      'with another number of elements',
      file(...head, keys('0'), count(7n), six),
      /should have 6 elements, but has 7/,
    ],
    [
      'with a negative number of elements',
      file(...head, keys('0'), count(-1n), six),
      /should have 6 elements/,
    ],
    ['truncated in a storage', file(...head, keys('0'), count(6n), six.slice(1)), /needs 24 bytes/],
    ['truncated before a storage', file(...head, keys('0'), count(6n).slice(1)), /needs 8 bytes/],
  ])('%s are refused', async (_, bytes, sentence) => {
    const error = await failure(parseTorch(bytes));
    expect(['bad-file', 'unsupported']).toContain(error.code);
    expect(error.message).toMatch(sentence);
  });

  it('that use a storage with two sizes are refused', async () => {
    const half = storage(6, '0', 'HalfStorage');
    const two = dictPickle({
      w: tensor({ shape: [int(6)], strides: [int(1)] }),
      v: tensor({ from: half, shape: [int(6)], strides: [int(1)] }),
    });
    const error = await failure(parseTorch(file(VERSION, machine(true), two, keys('0'), count(6n), six)));
    expect(error.message).toContain('should have 12 bytes, but has 24');
  });
});
