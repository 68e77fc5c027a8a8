import { createReadStream } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { createGzip } from 'node:zlib';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import { sha256OfStream } from '../../base/checksum';
import { openDelta, restore, type DeltaFile } from '../../data/delta/apply';
import { openCsv } from '../../data/delta/csv';
import { openJsonLines } from '../../data/delta/jsonl';
import { DeltaMaker, type MadeDelta, type MakeOptions } from '../../data/delta/make';
import { childrenOf, openParquet, parquetDetails, storedSchema } from '../../data/delta/parquet/open';
import { rowValues } from '../../data/delta/parquet/text';
import type { DataKind, RowFile } from '../../data/delta/rows';
import { openLocal } from './localFile';
import { PARQUET_COMPRESSORS } from './parquetCompressors';
import { guarded, makeFolder, writeWhole } from './writeFile';

const KINDS: Readonly<Record<string, DataKind>> = {
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.parquet': 'parquet',
};

/** Rows of a row group that is written. */
const GROUP_ROWS = 4096;
/** The share of making a delta that is comparing; the rest is checking the reconstruction. */
const COMPARING = 0.7;

/**
 * Opens a data set on disk by its extension: .jsonl or .ndjson, .csv or .tsv, .parquet.
 * @throws LabError bad-input for another extension or a file that cannot be read; bad-file
 */
export async function openDataFile(path: string): Promise<RowFile> {
  const kind = KINDS[extname(path).toLowerCase()] as DataKind | undefined;
  if (!kind)
    throw new LabError(
      'bad-input',
      `${path} is no data set that can be compared, going by its extension.`,
      `Name a file that ends in ${Object.keys(KINDS).join(', ')}.`,
    );
  const source = await openLocal(path);
  const name = basename(path);
  if (kind === 'jsonl') return openJsonLines(name, source);
  return kind === 'csv' ? openCsv(name, source) : openParquet(name, source, PARQUET_COMPRESSORS);
}

/** Opens a data set delta on disk. @throws LabError bad-input; bad-file */
export async function openDeltaFile(path: string): Promise<DeltaFile> {
  return openDelta(basename(path), await openLocal(path));
}

/** Sizes of a file in bytes, as it is and as gzip would store it. */
export interface StoredSize {
  bytes: number;
  gzip: number;
}

/** Measures a file. @throws Cancelled */
export async function storedSize(path: string, signal?: AbortSignal): Promise<StoredSize> {
  const { size } = await stat(path);
  let gzip = 0;
  for await (const chunk of createReadStream(path).pipe(createGzip())) {
    throwIfAborted(signal);
    gzip += (chunk as Uint8Array).length;
  }
  return { bytes: size, gzip };
}

/**
 * Writes the delta from one data set to another, and checks that it restores the second exactly before it takes its name.
 * @throws LabError of `DeltaMaker`, storage; internal if the reconstruction differs; Cancelled. Nothing is left then.
 */
export async function writeDelta(
  out: string,
  base: RowFile,
  derived: RowFile,
  { key, signal, onProgress }: MakeOptions,
): Promise<MadeDelta> {
  const operations = `${out}.${process.pid}.operations.part`;
  const whole = `${out}.${process.pid}.part`;
  await makeFolder(dirname(out));
  try {
    const compared = (fraction: number) => onProgress?.(COMPARING * fraction);
    const maker = await DeltaMaker.open(base, derived, { key, signal, onProgress: compared });
    await guarded(operations, () => writeFile(operations, maker.operations()));
    const made = maker.finish();
    const lines = concatenated(`${JSON.stringify(made.header)}\n`, operations);
    await guarded(whole, () => writeFile(whole, lines));
    const checked = (fraction: number) => onProgress?.(COMPARING + (1 - COMPARING) * fraction);
    await checkDelta(whole, base, { signal, onProgress: checked });
    await guarded(out, () => rename(whole, out));
    return made;
  } finally {
    for (const path of [operations, whole]) await rm(path, { force: true });
  }
}

async function* concatenated(head: string, path: string): AsyncGenerator<string | Uint8Array> {
  yield head;
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

type Following = Pick<MakeOptions, 'signal' | 'onProgress'>;

async function checkDelta(path: string, base: RowFile, following: Following): Promise<void> {
  const delta = await openDeltaFile(path);
  if (base.kind !== 'parquet') {
    for await (const piece of restore(base, delta, following)) void piece;
    return;
  }
  const written = `${path}.parquet`;
  try {
    await writeParquet(written, base, delta, following);
  } finally {
    await rm(written, { force: true });
  }
}

/**
 * Restores a data set from its base and the delta.
 * @throws LabError of `restore`, storage; Cancelled. Nothing is left then.
 */
export async function writeRestored(
  out: string,
  base: RowFile,
  delta: DeltaFile,
  following: Following,
): Promise<void> {
  if (base.kind !== 'parquet') return writeWhole(out, restore(base, delta, following));
  const temporary = `${out}.${process.pid}.part.parquet`;
  await makeFolder(dirname(out));
  try {
    await writeParquet(temporary, base, delta, following);
    await guarded(out, () => rename(temporary, out));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Writes rows as Parquet, reads them back, and compares the checksums of the rows. */
async function writeParquet(
  path: string,
  base: RowFile,
  delta: DeltaFile,
  following: Following,
): Promise<void> {
  try {
    await writeRows(path, base, delta, following);
  } catch (error) {
    if (error instanceof LabError || error instanceof Cancelled) throw error;
    throw unwritable(delta.name, error instanceof Error ? error.message : String(error), error);
  }
  const again = await openDataFile(path);
  const digest = await sha256OfStream(rowBytes(again, following.signal));
  if (digest !== delta.header.derived.sha256) throw unwritable(delta.name, 'the rows read back differ');
}

async function writeRows(path: string, base: RowFile, delta: DeltaFile, following: Following): Promise<void> {
  const { schema, metadata } = parquetDetails(delta.name, delta.header.derived.details);
  const columns = childrenOf(schema);
  // The writer has no statistics of decimals in byte arrays, and of other types those of the stored values.
  const own = { createdBy: 'bitcurve', statistics: false };
  const options = { schema: storedSchema(schema), kvMetadata: metadata, ...own };
  const writer = await guarded(path, async () => new ParquetWriter({ writer: fileWriter(path), ...options }));
  let rows: Record<string, unknown>[] = [];
  const flush = () => {
    const columnData = columns.map((name) => ({ name, data: rows.map((row) => row[name]) }));
    if (rows.length > 0) void writer.write({ columnData, rowGroupSize: rows.length });
    rows = [];
  };
  for await (const line of linesOf(restore(base, delta, following))) {
    rows.push(rowValues(line));
    if (rows.length === GROUP_ROWS) flush();
  }
  flush();
  // Values are written as stored; the schema says what they mean.
  writer.schema = schema;
  void writer.finish();
}

async function* rowBytes(file: RowFile, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const group of file.rows(signal))
    yield Buffer.from(group.map(({ text }) => `${text}\n`).join(''));
}

/** Splits pieces of text into lines. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Each piece is one row with its line feed; the first is the empty start.
  for await (const piece of pieces) if (piece.length > 0) yield Buffer.from(piece).toString().slice(0, -1);
}

function unwritable(name: string, reason: string, cause?: unknown): LabError {
  return new LabError(
    'unsupported',
    `The rows of ${name} cannot be written as Parquet: ${reason.slice(0, 200)}.`,
    'Convert both files to JSON Lines, and compare those.',
    cause,
  );
}
