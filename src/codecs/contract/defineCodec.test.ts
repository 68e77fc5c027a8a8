import { describe, expect, expectTypeOf, test } from 'vitest';
import type { CodecContext } from './codec';
import { defineCodec } from './defineCodec';
import { defineMeta, type OptionsOf } from './meta';
import { bitsOption, groupOption } from './options';
import { part, partBytes, zeroedParts, type PartsOf } from './parts';
import { completeOptions } from './spec';

const meta = defineMeta({
  id: 'test',
  label: 'Test',
  family: 'float',
  source: '',
  notes: '',
  options: [
    bitsOption(4),
    groupOption('32', ['8']),
    { key: 'centred', kind: 'boolean', label: 'Centred', default: false },
  ],
  needs: {},
});

interface Layout {
  rows: number;
  columns: number;
  centred: boolean;
}

const partsOf = ({ rows, columns, centred }: Layout) => ({
  values: part('float', 'F32', [rows, columns]),
  centre: centred ? part('scales', 'F32', [columns]) : undefined,
  counts: part('tables', 'U32', [rows], { optional: true }),
});

/** A codec that stores zeros, and whose centre depends on the options. */
const codec = defineCodec(meta, {
  layout: ([rows, columns], { centred }) => ({ rows, columns, centred }),
  parts: partsOf,
  encode: async ({ layout }) => zeroedParts(partsOf(layout)),
  decode: async () => undefined,
  linear: async ({ parts }) => {
    seen = parts;
    return undefined;
  },
  reference: {
    encode: (_, layout) => ({ ...zeroedParts(partsOf(layout)), counts: new Uint8Array(4 * layout.rows) }),
    decode: ({ centre }, { rows, columns }) => new Float32Array(rows * columns).fill(centre ? 1 : 0),
  },
  errorBound: () => () => 0,
});

let seen: PartsOf<typeof partsOf> | undefined;
const context = { seed: 1 } as CodecContext;

test('options have the types of their kinds', () => {
  expectTypeOf<OptionsOf<typeof meta>>().toEqualTypeOf<{
    readonly bits: number;
    readonly group: '8' | '16' | '32' | '64' | '128' | '256' | 'row';
    readonly centred: boolean;
  }>();
  expectTypeOf(completeOptions(meta, {}).bits).toEqualTypeOf<number>();
});

test('parts that only some options or tensors have may be absent by type', () => {
  type Parts = PartsOf<typeof partsOf>;
  expectTypeOf<Parts['values']>().toEqualTypeOf<Uint8Array>();
  expectTypeOf<Parts['centre']>().toEqualTypeOf<Uint8Array | undefined>();
  expectTypeOf<Parts['counts']>().toEqualTypeOf<Uint8Array | undefined>();
});

describe('parts as the artefact has them', () => {
  const plain = completeOptions(meta, {});
  const centred = completeOptions(meta, { centred: true });

  test('the layout omits the parts that the options omit', () => {
    const suffixes = (options: typeof plain) => codec.layout([2, 3], options).map(({ suffix }) => suffix);
    expect(suffixes(plain)).toEqual(['values', 'counts']);
    expect(suffixes(centred)).toEqual(['values', 'centre', 'counts']);
    expect(codec.layout([2, 3], centred).map(partBytes)).toEqual([24, 12, 8]);
  });

  test('encoded parts are in the order of the layout, without absent ones', async () => {
    const tensor = { name: 'w', shape: [2, 3] as const, values: new Float32Array(6) };
    const parts = await codec.encode(tensor, centred, context);
    expect([...parts.keys()]).toEqual(['values', 'centre']);
    expect([...codec.reference.encode(tensor.values, [2, 3], plain).keys()]).toEqual(['values', 'counts']);
  });

  test('decoded parts have only the suffixes of the layout', async () => {
    const shape = [2, 3] as const;
    const values = new Uint8Array(24);
    const stored = (parts: [string, Uint8Array][]) => ({
      name: 'w',
      shape,
      options: plain,
      parts: new Map(parts),
    });
    await codec.linear!(stored([['values', values]]), context);
    expect(seen).toEqual({ values });
    for (const parts of [
      [],
      [['values', values.subarray(1)]],
      [
        ['values', values],
        ['__proto__', values],
      ],
      [
        ['values', values],
        ['centre', new Uint8Array(12)],
      ],
    ] as [string, Uint8Array][][])
      await expect(codec.linear!(stored(parts), context)).rejects.toMatchObject({ code: 'bad-file' });
  });

  test('the reference decodes the parts that are present', () => {
    const parts = codec.reference.encode(new Float32Array(6), [2, 3], centred);
    expect([...codec.reference.decode(parts, [2, 3], centred)]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

test('methods that the definition does not have are absent', () => {
  expect(codec.encodeGroup).toBeUndefined();
  expect(codec.encodeWork).toBeUndefined();
  expect(codec.reference.requantise).toBeUndefined();
});
