import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf, GGMLQuantizationType, GGUFValueType } from '@huggingface/gguf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { parseGguf } from './parse';
import { ggufTensorBytes } from './tensor';
import { EVERY_VALUE, everything, everyTensor } from './testing/content';
import { referenceFile } from './testing/referenceFile';
import type { GgufContent, GgufTensor, GgufValue } from './types';
import { ggufByteLength, ggufChunks, writeGguf } from './write';

function failure(content: Partial<GgufContent>): LabError {
  try {
    ggufChunks({ metadata: [], tensors: [], ...content });
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable('it was accepted');
}

const dataOf = ({ data }: GgufTensor) => (typeof data === 'function' ? data() : data);

describe('writeGguf', () => {
  it.each([undefined, 8, 64, 4096])(
    'writes a file that is read back unchanged, aligned to %s',
    (alignment) => {
      const content = everything(alignment);
      const bytes = writeGguf(content);
      const file = parseGguf(bytes);
      const step = alignment ?? 32;
      expect(file).toMatchObject({ version: 3, alignment: step });
      const own = [...file.metadata].filter(([key]) => key !== 'general.alignment');
      expect(own).toEqual(EVERY_VALUE);
      expect(file.metadata.has('general.alignment')).toBe(alignment !== undefined);
      expect(file.dataStart % step).toBe(0);
      expect(bytes.byteLength % step).toBe(0);
      content.tensors.forEach((tensor, i) => {
        const { name, dims, type } = tensor;
        expect(file.tensors[i]).toMatchObject({ name, dims, type });
        expect(file.tensors[i].offset % step).toBe(0);
        expect(ggufTensorBytes(bytes, file, file.tensors[i])).toEqual(dataOf(tensor));
      });
    },
  );

  it('writes the same bytes as another program', () => {
    const bytes = referenceFile();
    const file = parseGguf(bytes);
    const tensors = file.tensors.map((t) => ({ ...t, data: ggufTensorBytes(bytes, file, t) }));
    expect(writeGguf({ metadata: [...file.metadata], tensors })).toEqual(bytes);
  });

  it('makes each tensor only when it is written, and predicts the length without making any', () => {
    const made: string[] = [];
    const lazy = everyTensor().map((t) => ({ ...t, data: () => (made.push(t.name), dataOf(t)) }));
    const content = { ...everything(), tensors: lazy };
    const length = ggufByteLength(content);
    const chunks = ggufChunks(content)[Symbol.iterator]();
    chunks.next();
    expect(made).toEqual([]);
    chunks.next();
    expect(made).toEqual([lazy[0].name]);
    expect(Buffer.concat([...ggufChunks(content)]).equals(writeGguf(everything()))).toBe(true);
    expect(length).toBe(writeGguf(everything()).byteLength);
  });

  it('keeps any string and number', () => {
    const values = fc.oneof<fc.Arbitrary<GgufValue>[]>(
      fc.string({ unit: 'grapheme' }).map((value) => ({ type: 'string', value })),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: 'int64', value })),
      fc.float({ noNaN: true }).map((value) => ({ type: 'float32', value })),
      fc.double().map((value) => ({ type: 'float64', value })),
      fc.uint32Array().map((value) => ({ type: 'array', items: 'uint32', value })),
      fc.array(fc.string({ unit: 'binary' }).filter((s) => !/\p{Surrogate}/u.test(s))).map((value) => ({
        type: 'array',
        items: 'string',
        value,
      })),
    );
    const entries = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 9 }), values), {
      selector: ([key]) => key,
    });
    const property = fc.property(entries, (metadata) => {
      expect([...parseGguf(writeGguf({ metadata, tensors: [] })).metadata]).toEqual(metadata);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('refusals', () => {
  const tensor = (change: Partial<GgufTensor>): Partial<GgufContent> => ({
    tensors: [{ name: 'w', dims: [32], type: 'Q8_0', data: new Uint8Array(34), ...change }],
  });
  const value = (v: GgufValue): Partial<GgufContent> => ({ metadata: [['k', v]] });

  it.each<[string, Partial<GgufContent>, string]>([
    ['rows that end inside a block', tensor({ dims: [33, 2] }), 'Tensor "w" of dimensions 33 × 2'],
    ['five dimensions', tensor({ dims: [32, 1, 1, 1, 1] }), 'Tensor "w"'],
    ['a negative dimension', tensor({ dims: [32, -1] }), 'Tensor "w"'],
    ['a name longer than llama.cpp reads', tensor({ name: 'x'.repeat(64) }), '1 to 63 bytes'],
    ['no name', tensor({ name: '' }), '1 to 63 bytes'],
    ['a lone surrogate in a name', tensor({ name: '\ud800' }), '1 to 63 bytes'],
    ['a name twice', { tensors: [...everyTensor(), ...everyTensor()] }, 'cannot be written twice'],
    ['a key twice', { metadata: [...EVERY_VALUE, EVERY_VALUE[0]] }, 'cannot be written twice'],
    [
      'an alignment as metadata',
      { metadata: [['general.alignment', { type: 'uint32', value: 64 }]] },
      'twice',
    ],
    ['no key', { metadata: [['', { type: 'uint8', value: 1 }]] }, 'Metadata ""'],
    ['a number out of range', value({ type: 'uint8', value: 256 }), '256 is not a valid uint8'],
    ['a negative size', value({ type: 'uint32', value: -1 }), '-1 is not a valid uint32'],
    ['a fraction', value({ type: 'int32', value: 0.5 }), '0.5 is not a valid int32'],
    ['a bigint out of range', value({ type: 'uint64', value: 2n ** 64n }), 'is not a valid uint64'],
    ['a float32 out of range', value({ type: 'float32', value: 1e39 }), 'is not a valid float32'],
    ['a lone surrogate', value({ type: 'string', value: 'a\udc00' }), 'lone surrogate'],
    ['an alignment of 3', { alignment: 3 }, 'aligned to 3 bytes'],
  ])('%s', (_, content, named) => {
    const error = failure(content);
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(named);
    expect(error.remedy.length).toBeGreaterThan(10);
  });

  it('unknown types, and data of the wrong length', () => {
    expect(failure(tensor({ type: 'Q9_9' })).code).toBe('unsupported');
    const wrong = {
      metadata: [],
      tensors: [{ name: 'w', dims: [32], type: 'Q8_0', data: new Uint8Array(33) }],
    };
    expect(() => writeGguf(wrong)).toThrow('tensor w has the wrong number of bytes');
  });

  it('a file that is too large, before any of it is made', () => {
    const data = () => expect.unreachable();
    const tensors = [{ name: 'w', dims: [2 ** 30], type: 'F32', data }];
    expect(() => writeGguf({ metadata: [], tensors })).toThrow(/would have 429496\d+ bytes/);
  });
});

describe('another reader', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gguf-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([undefined, 128])('finds what was written (alignment %s)', async (alignment) => {
    const content = everything(alignment);
    const path = join(folder, 'everything.gguf');
    writeFileSync(path, writeGguf(content));
    const found = await gguf(path, { allowLocalFile: true, typedMetadata: true });
    const ours = parseGguf(writeGguf(content));
    for (const [key, { type, value }] of ours.metadata) {
      const theirs = found.typedMetadata[key];
      expect([key, GGUFValueType[theirs.type].toLowerCase()]).toEqual([key, type]);
      expect([key, theirs.value]).toEqual([key, plain(value)]);
    }
    expect(Object.keys(found.metadata)).toHaveLength(ours.metadata.size + 3);
    expect(
      found.tensorInfos.map((t) => [
        t.name,
        t.shape.map(Number),
        GGMLQuantizationType[t.dtype],
        Number(t.offset),
      ]),
    ).toEqual(ours.tensors.map((t) => [t.name, t.dims, t.type, t.offset]));
    expect(Number(found.tensorDataOffset)).toBe(ours.dataStart);
  });
});

/** Returns the value with plain arrays, nested ones included, as the other reader returns it. */
function plain(value: GgufValue['value']): unknown {
  if (typeof value !== 'object') return value;
  return Array.from(value as ArrayLike<unknown>, (item) =>
    typeof item === 'object' ? plain((item as GgufValue).value) : item,
  );
}
