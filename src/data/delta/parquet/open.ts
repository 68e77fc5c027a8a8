import { parquetReadObjects, type Compressors, type KeyValue, type SchemaElement } from 'hyparquet';
import * as v from 'valibot';
import { sha256OfStream } from '../../../base/checksum';
import { LabError, throwIfAborted } from '../../../base/errors';
import { quoted } from '../../../base/shown';
import { fileChunks, readRange, type ByteSource } from '../../../formats/byteSource';
import { canonicalJson, jsonLayout } from '../json';
import { jsonKey } from '../jsonl';
import type { Row, RowFile } from '../rows';
import { encoder } from '../textSource';
import { ParquetCursor } from './cursor';
import { chunkRange, readFooter, type ParquetFooter } from './footer';
import { checkPages } from './pages';
import { rowText } from './text';

const element = v.looseObject({ name: v.string(), num_children: v.optional(v.number()) });
const details = v.object({
  schema: v.pipe(v.array(element), v.minLength(2)),
  metadata: v.array(v.object({ key: v.string(), value: v.optional(v.string()) })),
});

/** What a delta keeps of a Parquet file besides its rows. */
interface ParquetDetails {
  schema: SchemaElement[];
  metadata: KeyValue[];
}

/** Takes what a delta keeps from its header. @param name of the delta. @throws LabError bad-file */
export function parquetDetails(name: string, value: unknown): ParquetDetails {
  if (v.is(details, value)) return value;
  throw new LabError(
    'bad-file',
    `${name} is damaged: its schema of Parquet is missing or wrong.`,
    'Make the delta again, or download it again.',
  );
}

/** Limits of what is read, since a few bytes of Parquet can stand for any number of rows. */
interface ParquetLimits {
  /** Bytes of memory of a row group. */
  group: number;
  /** Bytes of all rows as text for each byte of the file, and a constant part. */
  text: { factor: number; base: number };
}

const LIMITS: ParquetLimits = { group: 2 ** 31, text: { factor: 1024, base: 256 << 20 } };
/** Bytes of memory of a row in an index, besides its text. */
const ROW_BYTES = 64;

/** Column types that stay, since they say how values nest or that bytes are text. */
const KEPT_TYPES = new Set(['LIST', 'UTF8']);
const TEXT_TYPES = new Set(['JSON', 'ENUM']);
/** Row groups that are kept in memory for rows that are read again. */
const CACHED_GROUPS = 2;
/** Rows that are written as text at a time. */
const SLICE_ROWS = 1024;

type ObjectRow = Record<string, unknown>;

/**
 * Opens a Parquet file row group by row group. Each row is a line of JSON with its values as stored, so that decimals, dates and times
 * keep every bit (text.ts). Lengths, counts and references are checked before anything is decoded (pages.ts).
 * @param compressors for compression other than Snappy; each is given the greatest size of its result
 * @throws LabError bad-file; limit; unsupported for columns that cannot be written again
 */
export async function openParquet(
  name: string,
  source: ByteSource,
  compressors: Compressors,
  limits = LIMITS,
): Promise<RowFile & { details: Readonly<Record<string, unknown>> & ParquetDetails }> {
  const footer = await guarded(name, () => readFooter(name, source));
  const { metadata } = footer;
  const columns = childrenOf(metadata.schema);
  const starts = groupStarts(footer);
  const read = (group: number) =>
    guarded(name, () => readGroup({ name, source, compressors, footer }, group, limits.group));
  const cached = cachedGroups(read);
  return {
    kind: 'parquet',
    name,
    size: source.size,
    extent: starts.at(-1)!,
    start: '',
    details: { schema: metadata.schema, metadata: metadata.key_value_metadata ?? [] },
    sha256: (signal) => sha256OfStream(fileChunks(source, 0, source.size, signal)),
    async *rows(signal) {
      const reserve = textBudget(name, source.size, limits.text);
      for (let group = 0; group + 1 < starts.length; group++) {
        throwIfAborted(signal);
        const rows = await read(group);
        for (let first = 0; first < rows.length; first += SLICE_ROWS) {
          throwIfAborted(signal);
          const slice = rows.slice(first, first + SLICE_ROWS);
          const texts = await guarded(name, () => slice.map((row) => rowText(columns, row, reserve)));
          reserve(ROW_BYTES * texts.length);
          yield texts.map((text, i) => rowOf(text, starts[group] + first + i));
        }
      }
    },
    text: async (at) => {
      const group = starts.findIndex((start, i) => start <= at && at < starts[i + 1]);
      return rowText(columns, (await cached(group))[at - starts[group]]);
    },
    layout: jsonLayout,
    canonical: canonicalJson,
    key: jsonKey,
  };
}

function rowOf(text: string, at: number): Row {
  return { text, bytes: encoder.encode(text), end: '\n', line: at + 1, at };
}

interface OpenFile {
  name: string;
  source: ByteSource;
  compressors: Compressors;
  footer: ParquetFooter;
}

/** Checks and decodes the rows of a row group. @param limit bytes of memory that they may take */
async function readGroup(
  { name, source, compressors, footer }: OpenFile,
  index: number,
  limit: number,
): Promise<ObjectRow[]> {
  const { metadata, leaves } = footer;
  const group = metadata.row_groups[index];
  const rows = Number(group.num_rows);
  // The library joins neighbouring parts, and asks for negative lengths where columns are not in order.
  const slice = async (start: number, end = source.size) =>
    (await readRange(source, start, Math.max(0, end - start))).slice().buffer;
  let left = limit;
  const reserve = (bytes: number) => {
    if ((left -= bytes) < 0) throw tooLarge(name, index, limit);
  };
  if (rows === 0) return [];
  for (const [i, column] of leaves.entries()) {
    const part = group.columns[i].meta_data!;
    const chunk = { column, codec: part.codec, compressors, rows, reserve };
    try {
      checkPages(new ParquetCursor(new Uint8Array(await slice(...chunkRange(part)))), chunk);
    } catch (error) {
      if (error instanceof LabError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`column ${quoted(column.name)} of row group ${index + 1} cannot be read: ${reason}`, {
        cause: error,
      });
    }
  }
  const one = {
    ...metadata,
    schema: storedSchema(metadata.schema),
    row_groups: [group],
    num_rows: group.num_rows,
  };
  const file = { byteLength: source.size, slice };
  return parquetReadObjects({ file, metadata: one, compressors, utf8: false, parsers: { stringFromBytes } });
}

function tooLarge(name: string, index: number, limit: number): LabError {
  return new LabError(
    'limit',
    `Row group ${index + 1} of ${name} takes more than ${limit / 2 ** 20} MiB of memory when it is read.`,
    'Write the file with fewer rows in each row group, or convert both files to JSON Lines.',
  );
}

/** Returns the function that counts the bytes of rows as text. */
function textBudget(
  name: string,
  size: number,
  { factor, base }: ParquetLimits['text'],
): (bytes: number) => void {
  let left = factor * size + base;
  return (bytes) => {
    if ((left -= bytes) >= 0) return;
    throw new LabError(
      'limit',
      `The rows of ${name} take more than ${factor} times the size of the file as text.`,
      'Check that the file is whole. If it is, convert both files to JSON Lines.',
    );
  };
}

/** Returns the schema without the types that would turn stored numbers into dates, decimals and so on. */
export function storedSchema(schema: readonly SchemaElement[]): SchemaElement[] {
  return schema.map(({ logical_type, converted_type, ...element }) => {
    const type = converted_type ?? logical_type?.type;
    if (type === 'STRING' || TEXT_TYPES.has(type ?? '')) return { ...element, converted_type: 'UTF8' };
    return KEPT_TYPES.has(type ?? '') ? { ...element, converted_type } : element;
  });
}

/** Returns the names of the columns, which are the children of the schema's root. */
export function childrenOf(schema: readonly SchemaElement[]): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = () => {
    const { num_children = 0 } = schema[at++];
    for (let i = 0; i < num_children && at < schema.length; i++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at].name);
    skip();
  }
  return names;
}

/** Returns the number of the first row of each row group, and at the end the number of rows. */
function groupStarts({ metadata: { row_groups } }: ParquetFooter): number[] {
  const starts = [0];
  for (const { num_rows } of row_groups) starts.push(starts.at(-1)! + Number(num_rows));
  return starts;
}

function cachedGroups(
  read: (group: number) => Promise<ObjectRow[]>,
): (group: number) => Promise<ObjectRow[]> {
  const cache = new Map<number, ObjectRow[]>();
  return async (group) => {
    const rows = cache.get(group) ?? (await read(group));
    cache.delete(group);
    cache.set(group, rows);
    if (cache.size > CACHED_GROUPS) cache.delete(cache.keys().next().value!);
    return rows;
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decoder.decode(bytes);
}

/** Turns whatever the Parquet library throws into a sentence about the file. */
async function guarded<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError(
      'bad-file',
      `${name} cannot be read as Parquet: ${reason.slice(0, 200)}.`,
      'Check that the file is whole and is Parquet; convert other compression to Snappy.',
      error,
    );
  }
}
