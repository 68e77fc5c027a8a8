import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, parquetWrite } from 'hyparquet-writer';
import { afterAll, expect, test } from 'vitest';
import { openDataFile, openDeltaFile, storedSize, writeDelta, writeRestored } from './dataFiles';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-data-delta-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);

type Column = Parameters<typeof parquetWrite>[0]['columnData'][number];

function parquet(columnData: Column[], schema?: Parameters<typeof parquetWrite>[0]['schema']): Uint8Array {
  const writer = new ByteWriter();
  void parquetWrite({ writer, columnData, schema, kvMetadata: [{ key: 'origin', value: 'test' }] });
  return new Uint8Array(writer.getBuffer());
}

const SCHEMA: NonNullable<Parameters<typeof parquetWrite>[0]['schema']> = [
  { name: 'root', num_children: 6 },
  { name: 'id', type: 'INT64', repetition_type: 'REQUIRED' },
  {
    name: 'price',
    type: 'INT64',
    converted_type: 'DECIMAL',
    scale: 2,
    precision: 18,
    repetition_type: 'OPTIONAL',
  },
  { name: 'at', type: 'INT64', converted_type: 'TIMESTAMP_MICROS', repetition_type: 'OPTIONAL' },
  { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'value', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  { name: 'raw', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
];

function columns(text: string, rows = 3): Column[] {
  const n = (make: (i: number) => unknown) => Array.from({ length: rows }, (_, i) => make(i));
  return [
    { name: 'id', data: BigInt64Array.from(n((i) => 2n ** 60n + BigInt(i)) as bigint[]) },
    { name: 'price', data: n((i) => (i === 1 ? null : 90071992547409931n + BigInt(i))) },
    { name: 'at', data: n((i) => 1700000000000001n + BigInt(i)) },
    { name: 'text', data: n((i) => (i === 2 ? null : `${text} ${i}`)) },
    { name: 'value', data: n((i) => [NaN, -0, Infinity][i % 3]) },
    { name: 'raw', data: n((i) => Uint8Array.of(i, 255, 0)) },
  ];
}

async function roundTrip(base: Uint8Array, derived: Uint8Array, key: string | null = 'id') {
  writeFileSync(at('base.parquet'), base);
  writeFileSync(at('derived.parquet'), derived);
  const file = await openDataFile(at('base.parquet'));
  const made = await writeDelta(at('delta'), file, await openDataFile(at('derived.parquet')), { key });
  await writeRestored(at('restored.parquet'), file, await openDeltaFile(at('delta')), {});
  return { made, restored: readFileSync(at('restored.parquet')) };
}

const arrayBuffer = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

test('Parquet is restored with equal schema, metadata and values, to the last bit of decimals and times', async () => {
  const derived = parquet(columns('changed'), SCHEMA);
  const { made, restored } = await roundTrip(parquet(columns('text'), SCHEMA), derived);
  expect(made.header.counts).toMatchObject({ same: 1, modified: 2, new: 0, deleted: 0 });
  const [before, after] = [derived, restored].map((bytes) => parquetMetadata(arrayBuffer(bytes)));
  expect(after.schema).toEqual(before.schema);
  expect(after.key_value_metadata).toEqual([{ key: 'origin', value: 'test' }]);
  const parsers = { timestampFromMicroseconds: (micros: bigint) => micros };
  const [expected, found] = await Promise.all(
    [derived, restored].map((bytes) =>
      parquetReadObjects({ file: arrayBuffer(bytes), parsers, utf8: false }),
    ),
  );
  expect(found).toEqual(expected);
  expect(found[0]).toMatchObject({ at: 1700000000000001n, text: 'changed 0', raw: Uint8Array.of(0, 255, 0) });
});

test('a delta of many rows is small, and nothing else is left in the folder', async () => {
  const rows = 5000;
  const base = parquet(columns('text', rows), SCHEMA);
  const { made } = await roundTrip(base, parquet(columns('text', rows - 1), SCHEMA));
  expect(made.header.counts).toMatchObject({ same: rows - 1, deleted: 1 });
  expect((await storedSize(at('delta'))).bytes).toBeLessThan(3000);
  expect(readdirSync(root).sort()).toEqual(['base.parquet', 'delta', 'derived.parquet', 'restored.parquet']);
});

const FIXTURES = 'fixtures/parquet';

test('Parquet of every encoding that is read, nested columns among it, is restored', async () => {
  const names = readdirSync(FIXTURES).filter((name) =>
    /^(logical|nested|plain|delta-bytes).*parquet$/.test(name),
  );
  expect(names).toHaveLength(8);
  for (const name of names) {
    const bytes = new Uint8Array(readFileSync(join(FIXTURES, name)));
    const { restored } = await roundTrip(bytes, bytes, null);
    const [before, after] = [bytes, restored].map((file) => parquetMetadata(arrayBuffer(file)));
    expect(after.schema, name).toEqual(before.schema);
  }
});

test('a Parquet delta with a damaged schema is refused by name', async () => {
  const rows = parquet(columns('text'), SCHEMA);
  await roundTrip(rows, rows);
  const delta = readFileSync(at('delta'), 'utf8');
  const apply = async (broken: string) => {
    writeFileSync(at('delta'), broken);
    const base = await openDataFile(at('base.parquet'));
    return writeRestored(at('restored.parquet'), base, await openDeltaFile(at('delta')), {});
  };
  await expect(apply(delta.replace('"schema":[', '"schemas":['))).rejects.toThrow(
    /^delta is damaged: its schema of Parquet is missing or wrong/,
  );
  await expect(apply(delta.replace('"name":"price"', '"name":"prize"'))).rejects.toThrow(
    /^The rows of delta cannot be written as Parquet/,
  );
});

test('other extensions, and files that are no Parquet, are refused', async () => {
  await expect(openDataFile('a.json')).rejects.toThrow(/no data set that can be compared/);
  writeFileSync(at('broken.parquet'), 'PAR1 and nothing else PAR1');
  await expect(openDataFile(at('broken.parquet'))).rejects.toThrow(
    /^broken\.parquet cannot be read as Parquet/,
  );
});

test('a stopped command leaves neither the delta nor its parts', async () => {
  const out = at('stopped');
  writeFileSync(at('a.jsonl'), '{"id":1}\n');
  const [base, derived] = [await openDataFile(at('a.jsonl')), await openDataFile(at('a.jsonl'))];
  await expect(writeDelta(out, base, derived, { key: 'id', signal: AbortSignal.abort() })).rejects.toThrow(
    'Stopped',
  );
  expect(readdirSync(root).filter((name) => name.startsWith('stopped'))).toEqual([]);
});
