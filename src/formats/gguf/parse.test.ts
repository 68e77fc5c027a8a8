import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { openGguf, parseGguf } from './parse';
import { decodeGgufTensor, ggufTensorBytes } from './tensor';
import { referenceFile } from './testing/referenceFile';
import type { GgufContent, GgufFile, GgufTensor } from './types';
import { writeGguf } from './write';

function failure(bytes: Uint8Array): LabError {
  try {
    parseGguf(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable('it was accepted');
}

const tensorOf = (file: GgufFile, name: string) => file.tensors.find((t) => t.name === name)!;
const metadataOf = (file: GgufFile, name: string) => file.metadata.get(name)!.value;

describe('a file that another program wrote', () => {
  const bytes = referenceFile();
  const file = parseGguf(bytes);

  it('has metadata of every type', () => {
    expect(file.version).toBe(3);
    expect([...file.metadata].map(([key, { type, value }]) => [key, type, value])).toEqual([
      ['general.architecture', 'string', 'gpt2'],
      ['t.u8', 'uint8', 200],
      ['t.i8', 'int8', -100],
      ['t.u16', 'uint16', 60000],
      ['t.i16', 'int16', -30000],
      ['t.u32', 'uint32', 4000000000],
      ['t.i32', 'int32', -2000000000],
      ['t.f32', 'float32', Math.fround(1e-5)],
      ['t.bool', 'bool', true],
      ['t.text', 'string', 'Größe €'],
      ['t.u64', 'uint64', 2n ** 63n + 1n],
      ['t.i64', 'int64', -(2n ** 53n) - 1n],
      ['t.f64', 'float64', 0.1],
      ['t.words', 'array', ['<s>', '▁the', '']],
      ['t.ints', 'array', Int32Array.of(1, -2, 3)],
      ['t.floats', 'array', Float32Array.of(0.5, -1.5)],
      ['t.bools', 'array', [true, false]],
    ]);
  });

  it('has tensors', () => {
    expect(file.tensors.map(({ name, type, dims }) => [name, type, dims])).toEqual([
      ['a.weight', 'F32', [32, 2]],
      ['b.weight', 'Q8_0', [32, 2]],
      ['c.bias', 'F16', [3]],
    ]);
    const values = (name: string) => {
      const tensor = tensorOf(file, name);
      return Array.from(decodeGgufTensor(tensor, ggufTensorBytes(bytes, file, tensor)));
    };
    const ramp = Array.from({ length: 64 }, (_, i) => i - 31.5);
    expect(values('a.weight')).toEqual(ramp);
    // Half a step of 31.5 ÷ 127, and the rounding of that scale to float16.
    values('b.weight').forEach((x, i) => expect(Math.abs(x - ramp[i])).toBeLessThan(0.14));
    expect(values('c.bias')).toEqual([1, 2, 3]);
  });

  it('is refused wherever it is truncated, and the error names the missing field', () => {
    const last = tensorOf(file, 'c.bias');
    const end = file.dataStart + last.offset + last.byteLength;
    for (let length = 0; length < end; length++) {
      const error = failure(bytes.subarray(0, length));
      expect(error.code).toBe('bad-file');
      expect(error.message).toMatch(/needs|remain|do not fit|is empty/);
    }
    expect(parseGguf(bytes.subarray(0, end)).tensors.length).toBe(3);
    expect(failure(bytes.subarray(0, 300)).message).toContain('the type of metadata "t.i64" needs 4 bytes');
  });

  it('of version 2 is read the same way', () => {
    const older = bytes.slice();
    older[4] = 2;
    expect(parseGguf(older)).toEqual({ ...file, version: 2 });
  });
});

/** Returns a small file of one F32 tensor [2, 2] and one key, with the offsets of its fields. */
function small(tensor: Partial<GgufTensor> = {}, content: Partial<GgufContent> = {}): Uint8Array {
  const data = new Uint8Array(16);
  const tensors = [{ name: 'w', dims: [2, 2], type: 'F32', data, ...tensor }];
  return writeGguf({ metadata: [['k', { type: 'uint8', value: 7 }]], tensors, ...content });
}

const AT = {
  version: 4,
  tensors: 8,
  entries: 16,
  keyLength: 24,
  key: 32,
  valueType: 33,
  nameLength: 38,
  name: 46,
  dimensions: 47,
  firstDim: 51,
  secondDim: 59,
  type: 67,
  offset: 71,
};

function patched(at: number, write: (view: DataView, at: number) => void, bytes = small()): Uint8Array {
  write(new DataView(bytes.buffer), at);
  return bytes;
}

const u32 = (value: number) => (view: DataView, at: number) => view.setUint32(at, value, true);
const u64 = (value: bigint) => (view: DataView, at: number) => view.setBigUint64(at, value, true);
const u8 = (value: number) => (view: DataView, at: number) => view.setUint8(at, value);

describe('errors name the field', () => {
  it('and the file they are made from is valid', () => {
    const { metadata, tensors, dataStart } = parseGguf(small());
    expect([...metadata]).toEqual([['k', { type: 'uint8', value: 7 }]]);
    expect(tensors).toEqual([{ name: 'w', dims: [2, 2], type: 'F32', offset: 0, byteLength: 16 }]);
    expect(dataStart).toBe(96);
  });

  it.each<[string, number, ReturnType<typeof u32>, string]>([
    ['other magic', 0, u32(0x46554746), 'does not begin with "GGUF"'],
    ['more tensors than fit', AT.tensors, u64(2n ** 40n), 'the number of tensors is 1099511627776'],
    ['2⁶⁴ − 1 tensors', AT.tensors, u64(2n ** 64n - 1n), 'the number of tensors'],
    ['more metadata than fits', AT.entries, u64(2n ** 32n), 'the number of metadata entries'],
    ['a key longer than the file', AT.keyLength, u64(2n ** 31n), 'the key of metadata entry 0'],
    ['an empty key', AT.keyLength, u64(0n), 'the key of metadata entry 0 is empty'],
    ['a key that is not UTF-8', AT.key, u8(0xff), 'the key of metadata entry 0 is not UTF-8'],
    ['an unknown metadata type', AT.valueType, u32(13), 'the type of metadata "k" is 13'],
    ['a name longer than the format allows', AT.nameLength, u64(65n), 'the name of tensor 0'],
    ['five dimensions', AT.dimensions, u32(5), 'tensor "w" has 5 dimensions'],
    ['a dimension beyond 2⁵³', AT.firstDim, u64(2n ** 63n), 'tensor "w": its dimensions'],
    ['dimensions whose product overflows', AT.firstDim, u64(2n ** 52n), 'tensor "w": its dimensions'],
    ['more values than there are bytes', AT.secondDim, u64(9n), 'tensor "w": its 72 bytes'],
    ['rows that end inside a block', AT.type, u32(8), 'not a multiple of the block size of Q8_0, 32'],
    ['an offset that is not aligned', AT.offset, u64(8n), 'not a multiple of the alignment, 32'],
    ['an offset beyond the end of the file', AT.offset, u64(2n ** 40n), 'do not fit'],
    ['an offset beyond 2⁵³', AT.offset, u64(2n ** 63n), 'its offset'],
  ])('%s', (_, at, write, named) => {
    const error = failure(patched(at, write));
    expect(error.code).toBe('bad-file');
    expect(error.message).toContain(named);
    expect(error.message).toMatch(/\.$/);
  });

  it.each<[string, number, number, string]>([
    ['version 1', AT.version, 1, 'GGUF version 1'],
    ['version 4', AT.version, 4, 'GGUF version 4'],
    ['version 0', AT.version, 0, 'GGUF version 0'],
    ['a big-endian file', AT.version, 0x03000000, 'big-endian'],
    ['an unknown tensor type', AT.type, 4, 'tensor "w" has the unknown type 4'],
    ['a tensor type out of range', AT.type, 2 ** 32 - 1, 'unknown type 4294967295'],
  ])('%s is not supported', (_, at, value, named) => {
    const error = failure(patched(at, u32(value)));
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain(named);
    expect(error.remedy.length).toBeGreaterThan(10);
  });

  it('duplicate names and keys', () => {
    const data = new Uint8Array(4);
    const two = writeGguf({
      metadata: [
        ['k1', { type: 'uint8', value: 1 }],
        ['k2', { type: 'uint8', value: 1 }],
      ],
      tensors: ['n1', 'n2'].map((name) => ({ name, dims: [1], type: 'F32', data })),
    });
    const text = new TextDecoder('latin1').decode(two);
    const sameName = two.slice();
    sameName[text.indexOf('n2') + 1] = 0x31;
    expect(failure(sameName).message).toContain('tensor "n1" occurs twice');
    const sameKey = two.slice();
    sameKey[text.indexOf('k2') + 1] = 0x31;
    expect(failure(sameKey).message).toContain('metadata "k1" occurs twice');
  });

  it('tensors that share bytes', () => {
    const data = new Uint8Array(128);
    const bytes = writeGguf({
      metadata: [],
      tensors: ['n1', 'n2'].map((name) => ({ name, dims: [32], type: 'F32', data })),
    });
    const file = parseGguf(bytes);
    expect(file.tensors.map((t) => t.offset)).toEqual([0, 128]);
    const offsetAt = new TextDecoder('latin1').decode(bytes).indexOf('n2') + 2 + 4 + 8 + 4;
    expect(failure(patched(offsetAt, u64(96n), bytes)).message).toContain(
      'tensor "n2": its offset 96 lies inside tensor "n1"',
    );
  });

  it('booleans that are neither 0 nor 1', () => {
    const bytes = small({}, { metadata: [['k', { type: 'bool', value: true }]] });
    expect(failure(patched(AT.valueType + 4, u8(2), bytes)).message).toContain('a boolean with the value 2');
  });

  it('an invalid alignment', () => {
    const aligned = () => writeGguf({ metadata: [], tensors: [], alignment: 64 });
    const valueAt = new TextDecoder('latin1').decode(aligned()).indexOf('alignment') + 'alignment'.length + 4;
    for (const value of [0, 33, 2 ** 32 - 1])
      expect(failure(patched(valueAt, u32(value), aligned())).message).toContain('not a power of two');
    expect(failure(patched(valueAt - 4, u32(5), aligned())).message).toContain('type int32, not uint32');
    expect(parseGguf(patched(valueAt, u32(2 ** 31), aligned())).dataStart).toBe(2 ** 31);
  });
});

/** Returns a file whose only metadata value consists of the given words. */
function fileWithValue(words: number[], u32Words: number): Uint8Array {
  const header = [0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0];
  const bytes = new Uint8Array(8 + 16 + 8 + 1 + 4 * u32Words);
  bytes.set(header);
  bytes[16] = 1;
  bytes[24] = 1;
  bytes[32] = 0x6b;
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => view.setUint32(33 + 4 * i, word, true));
  return bytes;
}

describe('arrays', () => {
  it('that claim more elements than the file can hold are refused before anything is allocated', () => {
    for (const items of [0, 4, 7, 8, 9, 10])
      for (const high of [0, 1, 2 ** 31]) {
        const error = failure(fileWithValue([9, items, 0xffffffff, high], 8));
        expect(error.message).toContain('the number of elements of metadata "k"');
      }
  });

  it('may nest up to four levels deep', () => {
    const nested = (depth: number) => [9, ...Array.from({ length: depth }, () => [9, 1, 0]).flat(), 4, 0, 0];
    expect(metadataOf(parseGguf(fileWithValue(nested(3), 16)), 'k')).toHaveLength(1);
    expect(failure(fileWithValue(nested(4), 20)).message).toContain('nests arrays deeper than 4');
    expect(failure(fileWithValue(nested(5000), 15010)).message).toContain('nests arrays deeper than 4');
  });

  it('inside arrays are limited in number', () => {
    const many = (count: number) => [
      9,
      9,
      count,
      0,
      ...Array.from({ length: count }, () => [0, 0, 0]).flat(),
    ];
    expect(metadataOf(parseGguf(fileWithValue(many(4096), 4 + 3 * 4096)), 'k')).toHaveLength(4096);
    expect(failure(fileWithValue(many(4097), 4 + 3 * 4097)).message).toContain('4096 nested arrays');
  });
});

describe('a header that is read by range', () => {
  const bytes = writeGguf({
    metadata: [
      ['k', { type: 'array', items: 'string', value: Array.from({ length: 200_000 }, (_, i) => `t${i}`) }],
    ],
    tensors: [{ name: 'w', dims: [2], type: 'F32', data: new Uint8Array(8) }],
  });

  /** Returns the file as a source that claims a size, and the lengths of its reads. */
  function source(file: Uint8Array, size = file.length) {
    const reads: number[] = [];
    const read = async (offset: number, length: number) => {
      reads.push(length);
      return file.slice(offset, offset + length);
    };
    return { source: { size, read }, reads };
  }

  it('is that of the whole file, whatever its length', async () => {
    const { source: file, reads } = source(bytes);
    expect(await openGguf(file)).toEqual(parseGguf(bytes));
    expect(reads[0]).toBe(2 ** 20);
    expect(reads.length).toBe(2);
  });

  it('of a file of 5 GiB is refused for what it is, without reading the file', async () => {
    const wrong = bytes.slice();
    // The type of the value.
    wrong[8 + 16 + 8 + 1] = 99;
    const { source: file, reads } = source(wrong, 5 * 2 ** 30);
    await expect(openGguf(file)).rejects.toThrow(/is 99, which is not a metadata type/);
    expect(reads).toEqual([2 ** 20]);
  });

  it('that claims more than 512 MiB is refused', async () => {
    const wrong = bytes.slice(0, 2 ** 20);
    // The number of strings.
    new DataView(wrong.buffer).setBigUint64(8 + 16 + 8 + 1 + 4 + 4 + 8, 2n ** 30n, true);
    const { source: file } = source(wrong, 5 * 2 ** 30);
    await expect(openGguf(file)).rejects.toMatchObject({ code: 'limit' });
  });
});
