import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { bytesSource } from '../../../formats/byteSource';
import { joined } from '../../../testing/mutations';
import {
  handmadeParquet,
  thriftBytes,
  varint,
  withFooter,
  type Handmade,
  type HandmadePage,
} from './testing/handmade';
import { openParquet } from './open';

const GZIP = 2;
const SNAPPY = 1;
const PLAIN = 0;
const [DELTA, DELTA_LENGTH, DELTA_BYTES, DICTIONARY] = [5, 6, 7, 8];

/** The rows as lines of JSON, of which a row group may take 16 MiB. */
async function rowsOf(file: Uint8Array): Promise<string[]> {
  const limits = { group: 16 << 20, text: { factor: 64, base: 1 << 16 } };
  const compressors = {
    GZIP: (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes).length),
  };
  const opened = await openParquet('x.parquet', bytesSource(file), compressors, limits);
  const texts: string[] = [];
  for await (const rows of opened.rows()) texts.push(...rows.map(({ text }) => text));
  return texts;
}

function data(encoding: number, bytes: HandmadePage['bytes'], count = 10): HandmadePage {
  return { header: { 1: 0, 5: { 1: count, 2: encoding, 3: 3, 4: 3 } }, bytes };
}

function dictionary(bytes: HandmadePage['bytes'], count: number): HandmadePage {
  return { header: { 1: 2, 7: { 1: count, 2: 0 } }, bytes };
}

const TEN = new Uint8Array(Int32Array.from({ length: 10 }, (_, i) => i).buffer);
const run = (count: number, value: number) => [...varint(BigInt(2 * count)), value];
/** Levels or booleans with their length in front. */
const withLength = (bytes: number[]) => [bytes.length, 0, 0, 0, ...bytes];
/** 128 values in four parts, ten values in all, of which the first is `first`; the other differences are equal. */
const deltas = (first: number, difference: number) => [
  ...[...varint(128n), 4, 10],
  ...thriftBytes(first),
  ...thriftBytes(difference),
  ...[0, 0, 0, 0],
];

describe('a file made by hand is read', () => {
  test.each<[string, Handmade, unknown[]]>([
    ['plain', { pages: [data(PLAIN, TEN)] }, [0, 1, 9]],
    [
      'with a dictionary',
      { pages: [dictionary([7, 0, 0, 0, 8, 0, 0, 0], 2), data(DICTIONARY, [1, ...run(9, 1), ...run(1, 0)])] },
      [8, 8, 7],
    ],
    ['as differences', { pages: [data(DELTA, deltas(5, -3))] }, [5, 2, -22]],
    [
      'with missing values',
      {
        repetition: 'OPTIONAL',
        pages: [data(PLAIN, [...withLength([...run(8, 0), ...run(2, 1)]), ...TEN.subarray(0, 8)])],
      },
      [null, null, 1],
    ],
  ])('%s', async (_, made, [first, second, last]) => {
    const rows = (await rowsOf(handmadeParquet(made))).map((text) => (JSON.parse(text) as { x: unknown }).x);
    expect([rows.length, rows[0], rows[1], rows[9]]).toEqual([10, first, second, last]);
  });
});

describe('a damaged or hostile file is refused before it takes time or memory', () => {
  const MANY = 2 ** 30;
  test.each<[string, Handmade, RegExp]>([
    [
      'a run longer than its page',
      { repetition: 'OPTIONAL', pages: [data(PLAIN, [...withLength(run(MANY, 1)), ...TEN])] },
      /column "x" of row group 1 cannot be read: a run of 1073741824 values stands where 10 are left/,
    ],
    [
      'more values than fit in memory',
      { repetition: 'OPTIONAL', rows: MANY, pages: [data(PLAIN, withLength(run(MANY, 0)), MANY)] },
      /^Row group 1 of x\.parquet takes more than 16 MiB of memory/,
    ],
    [
      'fewer values than rows',
      { rows: 11, pages: [data(PLAIN, TEN)] },
      /its pages have 10 rows, but its row group has 11/,
    ],
    [
      'fewer bytes than values',
      { pages: [data(PLAIN, TEN.subarray(1))] },
      /40 bytes are expected where 39 are left/,
    ],
    [
      'an index beyond its dictionary',
      { pages: [dictionary(TEN.subarray(0, 8), 2), data(DICTIONARY, [2, ...run(10, 2)])] },
      /a page refers to value 2 of a dictionary of 2/,
    ],
    [
      'no dictionary',
      { pages: [data(DICTIONARY, [1, ...run(10, 0)])] },
      /refers to a dictionary that is missing/,
    ],
    [
      'differences in a negative number of parts',
      { pages: [data(DELTA, [...varint(128n), ...varint(2n ** 32n - 6n), 10, 0, 0, 0, 0, 0, 0])] },
      /a block of 128 values cannot have 4294967290 parts/,
    ],
    [
      'a number without end',
      { type: 'INT64', pages: [data(DELTA, [...varint(128n), 4, 10, ...Array<number>(100_000).fill(255)])] },
      /a number has more than 64 bits/,
    ],
    [
      'byte arrays that grow with each row',
      {
        type: 'BYTE_ARRAY',
        rows: 1 << 16,
        pages: [
          data(
            DELTA_BYTES,
            [
              ...deltas(0, 1),
              ...Array.from({ length: 511 }, () => [2, 0, 0, 0, 0]).flat(),
              ...deltas(1, 0),
              ...Array.from({ length: 511 }, () => [0, 0, 0, 0, 0]).flat(),
              ...Array<number>(1 << 16).fill(97),
            ],
            1 << 16,
          ),
        ],
      },
      /^Row group 1 of x\.parquet takes more than 16 MiB of memory/,
    ],
    [
      'byte arrays of negative length',
      { type: 'BYTE_ARRAY', pages: [data(DELTA_LENGTH, deltas(5, -3))] },
      /a value has -1 bytes/,
    ],
    [
      'a literal of Snappy with a negative length',
      {
        codec: SNAPPY,
        pages: [{ ...data(PLAIN, [40, 0xfc, 0xf0, 0xff, 0xff, 0xff, 0, 0, 0, 0]), size: 40 }],
      },
      /4294967281 bytes are expected where 4 are left/,
    ],
    [
      'a copy of Snappy from before the page',
      { codec: SNAPPY, pages: [{ ...data(PLAIN, [40, 0xff, 0xff, 0xff, 0xff, 0xff]), size: 40 }] },
      /a page repeats bytes 4294967295 before byte 0/,
    ],
    [
      'a page that claims a gigabyte',
      { codec: SNAPPY, pages: [{ ...data(PLAIN, [40]), size: 2 ** 30 }] },
      /^Row group 1 of x\.parquet takes more than 16 MiB of memory/,
    ],
    [
      'a page of another size than it says',
      { codec: GZIP, pages: [{ ...data(PLAIN, gzipSync(TEN)), size: 39 }] },
      /a page has \d+ bytes instead of 39/,
    ],
    ['row groups that overlap', { groups: 3, pages: [data(PLAIN, TEN)] }, /its row groups overlap/],
    [
      'a name that is used twice',
      { schema: ['x', 'x'].map((name) => ({ name, type: 'INT32', repetition_type: 'REQUIRED' })), pages: [] },
      /its column "x" has a name that is used twice/,
    ],
    [
      'a smallest value of which a number is made in quadratic time',
      { chunk: { 12: { 5: new Uint8Array(100_000) } }, pages: [data(PLAIN, TEN)] },
      /a smallest or largest value has more than 8192 bytes/,
    ],
    [
      'values in an unknown encoding',
      { pages: [data(4, TEN)] },
      /values of type INT32 in encoding 4 cannot be read/,
    ],
    ['an unknown page', { pages: [{ header: { 1: 1 }, bytes: [] }] }, /a page has the unknown type 1/],
    [
      'a negative count',
      { pages: [data(PLAIN, TEN, -5)] },
      /field 5\.1 of the header of a page is missing or negative/,
    ],
  ])('%s', async (_, made, message) => {
    await expect(rowsOf(handmadeParquet(made))).rejects.toThrow(message);
  });

  test.each<[string, Uint8Array, RegExp]>([
    [
      'a list of a billion elements',
      Uint8Array.of(0x29, 0xfc, ...varint(10n ** 9n)),
      /a list of 1000000000 elements does not fit/,
    ],
    [
      'a number of a million bytes',
      new Uint8Array(1 << 20).fill(255).fill(0x16, 0, 1),
      /a number has more than 64 bits/,
    ],
    ['a thousand structures in each other', new Uint8Array(1000).fill(0x1c), /nested more than 16 deep/],
    [
      'columns without names',
      joined(Uint8Array.of(0x29, 0xfc), varint(5000n), new Uint8Array(5000), Uint8Array.of(0)),
      /a column has no name/,
    ],
  ])('metadata: %s', async (_, footer, message) => {
    await expect(rowsOf(withFooter(new Uint8Array(4), footer))).rejects.toThrow(message);
  });

  test('a few bytes that stand for a great deal of text', async () => {
    const text = new Uint8Array(10_000).fill(97);
    const pages = [
      dictionary(joined(Uint8Array.of(0x10, 0x27, 0, 0), text), 1),
      data(DICTIONARY, [1, ...run(10_000, 0)], 10_000),
    ];
    const file = handmadeParquet({ type: 'BYTE_ARRAY', rows: 10_000, pages });
    await expect(rowsOf(file)).rejects.toThrow(
      /^The rows of x\.parquet take more than 64 times the size of the file as text\.$/,
    );
  });
});
