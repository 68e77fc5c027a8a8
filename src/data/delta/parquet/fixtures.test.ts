import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bytesSource } from '../../../formats/byteSource';
import { PARQUET_COMPRESSORS } from '../../../platform/node/parquetCompressors';
import { openParquet } from './open';
import { rowValues } from './text';

const FOLDER = 'fixtures/parquet';
const EXPECTED = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8')) as Record<string, unknown[]>;
// Node 20 cannot decompress Zstandard.
const names = Object.keys(EXPECTED).filter(
  (name) => !name.startsWith('zstd') || 'ZSTD' in PARQUET_COMPRESSORS,
);

/** Integers as numbers and byte arrays in hexadecimal, as in expected.json. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

test.each(names)('%s is read as pyarrow reads it', async (name) => {
  const bytes = new Uint8Array(readFileSync(`${FOLDER}/${name}.parquet`));
  const file = await openParquet(name, bytesSource(bytes), PARQUET_COMPRESSORS);
  const rows: unknown[] = [];
  for await (const group of file.rows()) rows.push(...group.map(({ text }) => plain(rowValues(text))));
  expect(rows).toEqual(EXPECTED[name]);
});

test('a column that cannot be written again is refused by name', async () => {
  const bytes = new Uint8Array(readFileSync(`${FOLDER}/map-v1.parquet`));
  await expect(openParquet('map', bytesSource(bytes), PARQUET_COMPRESSORS)).rejects.toMatchObject({
    message: 'Column "map" of map has the type MAP, which cannot be written again.',
    remedy: 'Write the file with another type for this column, such as a list of structures.',
  });
});
