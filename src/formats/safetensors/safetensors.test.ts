import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { parseSafetensors, toFloat32 } from './read';
import type { Dtype } from '../dtypes';
import { safetensorsHeaderBytes, writeSafetensors, type NamedTensor } from './write';

function fileOf(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(data, 8 + text.length);
  return file;
}

function failure(run: () => unknown): LabError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable('it was accepted');
}

function rejected(header: string, dataBytes = 8): string {
  const error = failure(() => parseSafetensors(fileOf(header, new Uint8Array(dataBytes))));
  expect(error.code).toBe('bad-file');
  return error.message;
}

function floats(name: string, shape: number[], values: number[]): NamedTensor {
  return { name, dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`;

describe('parseSafetensors', () => {
  it('reads the example of the specification', () => {
    const header = `{"__metadata__":{"format":"pt"},"a":${entry('F16', '[2,2]', '[0,8]')},"s":${entry('U8', '[]', '[8,9]')}}`;
    const data = Uint8Array.of(0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b, 7);
    const { metadata, tensors, headerBytes } = parseSafetensors(fileOf(`${header}   `, data));
    expect(metadata).toEqual({ format: 'pt' });
    expect(headerBytes).toBe(8 + header.length + 3);
    expect(Array.from(toFloat32(tensors.get('a')!))).toEqual([1, -2, 2 ** -24, 65504]);
    expect(tensors.get('s')).toEqual({ dtype: 'U8', shape: [], bytes: Uint8Array.of(7) });
  });

  it('accepts a file without tensors and tensors without elements', () => {
    expect(parseSafetensors(fileOf('{}')).tensors.size).toBe(0);
    const empty = parseSafetensors(fileOf(`{"e":${entry('F32', '[0,9007199254740991]', '[0,0]')}}`));
    expect(empty.tensors.get('e')!.bytes.length).toBe(0);
  });

  it.each([
    ['a list', '[]', '"{"'],
    ['invalid JSON', '{"a":', 'JSON'],
    ['an entry that is not an object', '{"a":3}', '"a"'],
    ['an unknown dtype', `{"a":${entry('F31', '[2]', '[0,8]')}}`, '"a": dtype'],
    ['an inherited name as dtype', `{"a":${entry('toString', '[2]', '[0,8]')}}`, '"a": dtype'],
    [
      'a dtype that calls itself toString',
      '{"a":{"dtype":{"toString":null},"shape":[2],"data_offsets":[0,8]}}',
      '"a": dtype',
    ],
    [
      'a deeply nested dtype',
      `{"a":{"dtype":${'['.repeat(1e5)}${']'.repeat(1e5)},"shape":[2],"data_offsets":[0,8]}}`,
      '"a": dtype',
    ],
    ['a negative size', `{"a":${entry('F32', '[-2]', '[0,8]')}}`, '"a": shape'],
    ['a fraction', `{"a":${entry('F32', '[0.5]', '[0,8]')}}`, '"a": shape'],
    ['a shape that overflows', `{"a":${entry('F32', '[4294967296,4294967296]', '[0,8]')}}`, '"a": shape'],
    ['a tensor that ends inside a byte', `{"a":${entry('F4', '[3]', '[0,8]')}}`, '"a": shape'],
    ['three offsets', `{"a":${entry('F32', '[2]', '[0,8,8]')}}`, '"a": data_offsets'],
    ['reversed offsets', `{"a":${entry('F32', '[2]', '[8,0]')}}`, '"a": data_offsets'],
    ['offsets that do not fit the shape', `{"a":${entry('F32', '[2]', '[0,4]')}}`, '"a": data_offsets'],
    ['offsets beyond the end', `{"a":${entry('F32', '[3]', '[0,12]')}}`, '"a": data_offsets'],
    ['an unknown field', '{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8],"x":1}}', '"a": field "x"'],
    [
      'overlapping tensors',
      `{"a":${entry('U8', '[8]', '[0,8]')},"b":${entry('U8', '[4]', '[4,8]')}}`,
      'overlap',
    ],
    [
      'two tensors with the same bytes',
      `{"a":${entry('U8', '[8]', '[0,8]')},"b":${entry('U8', '[8]', '[0,8]')}}`,
      'overlap',
    ],
    ['a gap', `{"a":${entry('U8', '[2]', '[0,2]')},"b":${entry('U8', '[4]', '[4,8]')}}`, '"b"'],
    ['unused bytes at the end', `{"a":${entry('U8', '[4]', '[0,4]')}}`, 'belong to no tensor'],
    [
      'a tensor twice',
      `{"a":${entry('U8', '[8]', '[0,8]')},"\\u0061":${entry('U8', '[8]', '[0,8]')}}`,
      'twice',
    ],
    ['a field twice', '{"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}}', 'twice'],
    ['metadata that is not a string', `{"__metadata__":{"k":1},"a":${entry('U8', '[8]', '[0,8]')}}`, '"k"'],
    ['metadata that is a list', `{"__metadata__":[],"a":${entry('U8', '[8]', '[0,8]')}}`, '__metadata__'],
  ])('refuses %s', (_, header, named) => {
    expect(rejected(header)).toContain(named);
  });

  it('refuses false lengths before it reads or allocates anything', () => {
    const file = fileOf('{}');
    const view = new DataView(file.buffer);
    for (const length of [3n, 100_000_001n, 0xffff_ffff_ffff_ffffn]) {
      view.setBigUint64(0, length, true);
      expect(failure(() => parseSafetensors(file)).code).toBe('bad-file');
    }
    expect(failure(() => parseSafetensors(Uint8Array.of(1, 0, 0))).code).toBe('bad-file');
    expect(failure(() => parseSafetensors(fileOf('{"\u00e9'.slice(0, 2)))).code).toBe('bad-file');
  });
});

it('widens 8-bit floats', () => {
  // By hand: 1.5 is the exponent field of the bias and the upper bit of the mantissa.
  expect([...toFloat32({ dtype: 'F8_E4M3', bytes: Uint8Array.of(0x3c, 0xfe) })]).toEqual([1.5, -448]);
  expect([...toFloat32({ dtype: 'F8_E5M2', bytes: Uint8Array.of(0x3e, 0xfb) })]).toEqual([1.5, -57344]);
});

const DTYPES: Dtype[] = ['F64', 'F32', 'F16', 'BF16', 'I32', 'I16', 'U8', 'BOOL', 'F8_E4M3', 'U64'];
const SIZES = { F64: 8, U64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I16: 2 } as Record<string, number>;

const tensorSets = fc.uniqueArray(
  fc
    .tuple(
      fc.string({ maxLength: 12 }).filter((name) => name !== '__metadata__'),
      fc.constantFrom(...DTYPES),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      fc.integer({ min: 0, max: 255 }),
    )
    .map(([name, dtype, shape, fill]): NamedTensor => {
      const elements = shape.reduce((a, b) => a * b, 1);
      return { name, dtype, shape, bytes: new Uint8Array(elements * (SIZES[dtype] ?? 1)).fill(fill) };
    }),
  { selector: (t) => t.name, maxLength: 6 },
);

describe('writeSafetensors', () => {
  it('writes tensors that are read back unchanged and aligned, in any order, and predicts the size', () => {
    fc.assert(
      fc.property(
        tensorSets,
        fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
        (tensors, metadata) => {
          const file = writeSafetensors(tensors, metadata);
          const parsed = parseSafetensors(file);
          expect(Object.entries(parsed.metadata).sort()).toEqual(Object.entries(metadata).sort());
          for (const { name, dtype, shape, bytes } of tensors) {
            const stored = parsed.tensors.get(name)!;
            expect(stored).toEqual({ dtype, shape, bytes });
            expect(stored.bytes.byteOffset % (SIZES[dtype] ?? 1)).toBe(0);
          }
          expect(parsed.headerBytes % 8).toBe(0);
          expect(safetensorsHeaderBytes(tensors, metadata)).toBe(parsed.headerBytes);
          expect(writeSafetensors([...tensors].reverse(), metadata)).toEqual(file);
        },
      ),
    );
  });

  it('refuses a duplicate name, the reserved name and the wrong number of bytes', () => {
    const a = floats('a', [1], [1]);
    expect(failure(() => writeSafetensors([a, a])).code).toBe('internal');
    expect(failure(() => writeSafetensors([{ ...a, name: '__metadata__' }])).code).toBe('internal');
    expect(failure(() => writeSafetensors([{ ...a, shape: [2] }])).code).toBe('internal');
  });
});

/** A damaged file must either parse or throw a LabError bad-file. */
describe('damaged files', () => {
  const valid = writeSafetensors(
    [
      floats('w', [2, 3], [1, 2, 3, 4, 5, 6]),
      floats('b', [2], [7, 8]),
      { name: 'c', dtype: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) },
    ],
    { format: 'pt' },
  );
  const header = parseSafetensors(valid).headerBytes;
  const survives = (file: Uint8Array) => {
    try {
      const { tensors } = parseSafetensors(file);
      const bytes = [...tensors.values()].reduce((sum, t) => sum + t.bytes.byteLength, 0);
      expect(bytes).toBeLessThanOrEqual(file.byteLength);
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      expect(error.code).toBe('bad-file');
    }
  };

  it('are refused when truncated at any byte', () => {
    for (let length = 0; length < valid.length; length++)
      expect(failure(() => parseSafetensors(valid.slice(0, length))).code).toBe('bad-file');
  });

  it('with changed bytes or headers are parsed or refused', () => {
    const flips = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (list) => {
        const file = valid.slice();
        for (const [at, mask] of list) file[at] ^= mask;
        survives(file);
      }),
      { numRuns: 2000 },
    );
    const token = fc.constantFrom(
      '0',
      '9',
      '-',
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '1e99',
      'null',
      '\\',
      '\u0000',
    );
    const text = new TextDecoder().decode(valid.subarray(8, header));
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(5), token, (at, cut, insert) => {
        survives(fileOf(text.slice(0, at) + insert + text.slice(at + cut), valid.subarray(header)));
      }),
      { numRuns: 2000 },
    );
  });

  it('with deep nesting are parsed or refused', () => {
    const depth = 100_000;
    survives(fileOf(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`));
  });
});

describe('toFloat32', () => {
  it('reads float types at any alignment and refuses others', () => {
    const odd = (bytes: ArrayBuffer) => {
      const shifted = new Uint8Array(bytes.byteLength + 1);
      shifted.set(new Uint8Array(bytes), 1);
      return shifted.subarray(1);
    };
    const read = (dtype: Dtype, data: { buffer: ArrayBuffer; length: number }) =>
      Array.from(toFloat32({ dtype, bytes: odd(data.buffer) }));
    expect(read('F32', Float32Array.of(1.5, -2))).toEqual([1.5, -2]);
    expect(read('F64', Float64Array.of(0.1, 1e300))).toEqual([Math.fround(0.1), Infinity]);
    expect(read('BF16', Uint16Array.of(0x3f80, 0xc000))).toEqual([1, -2]);
    expect(read('F16', Uint16Array.of(0x3c00, 0x0001))).toEqual([1, 2 ** -24]);
    expect(failure(() => read('I32', Int32Array.of(1))).code).toBe('unsupported');
  });
});

describe('files of the reference writer', () => {
  it('are reproduced byte for byte', () => {
    const bytes = new Uint8Array(readFileSync('public/models/gpt2-tinystories/model.safetensors'));
    const { tensors, metadata } = parseSafetensors(bytes);
    expect(tensors.size).toBe(52);
    expect(tensors.get('transformer.wte.weight')!.shape).toEqual([2048, 256]);
    const again = writeSafetensors(
      [...tensors].reverse().map(([name, t]) => ({ name, ...t })),
      metadata,
    );
    expect(Buffer.compare(again, bytes)).toBe(0);
  });
});
