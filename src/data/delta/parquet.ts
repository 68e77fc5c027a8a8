import {
  parquetMetadataAsync,
  parquetReadObjects,
  type Compressors,
  type FileMetaData,
  type SchemaElement,
} from 'hyparquet';
import { sha256OfStream } from '../../base/checksum';
import { LabError, throwIfAborted } from '../../base/errors';
import { quoted } from '../../base/shown';
import { fileChunks, readRange, type ByteSource } from '../../formats/byteSource';
import { canonicalJson, jsonLayout } from './json';
import { jsonKey } from './jsonl';
import { rowText } from './parquetText';
import type { Row, RowFile } from './rows';
import { encoder } from './textSource';

/** What a delta keeps of a Parquet file besides its rows. */
export interface ParquetDetails {
  schema: SchemaElement[];
  metadata: { key: string; value?: string }[];
}

/** Column types that stay, since they say how values nest or that bytes are text. */
const KEPT_TYPES = new Set(['LIST', 'UTF8']);
const TEXT_TYPES = new Set(['JSON', 'ENUM']);
/** Row groups whose text is kept for rows that are read again. */
const CACHED_GROUPS = 2;

/**
 * Opens a Parquet file row group by row group. Each row is a line of JSON with its values as stored, so that decimals, dates and times
 * keep every bit (parquetText.ts).
 * @param compressors for compression other than Snappy
 * @throws LabError bad-file; unsupported for columns that cannot be written again
 */
export async function openParquet(
  name: string,
  source: ByteSource,
  compressors: Compressors,
): Promise<RowFile & { details: Readonly<Record<string, unknown>> & ParquetDetails }> {
  const file = {
    byteLength: source.size,
    slice: async (start: number, end = source.size) =>
      (await readRange(source, start, end - start)).slice().buffer,
  };
  const metadata = await guarded(name, () => parquetMetadataAsync(file, { geoparquet: false }));
  checkColumns(name, metadata.schema);
  const stored = { ...metadata, schema: storedSchema(metadata.schema) };
  const columns = childrenOf(metadata.schema);
  const groups = groupStarts(metadata);
  const read = async (group: number) => {
    const [rowStart, rowEnd] = [groups[group], groups[group + 1]];
    const options = { file, metadata: stored, compressors, utf8: false, parsers: { stringFromBytes } };
    const rows = await guarded(name, () => parquetReadObjects({ ...options, rowStart, rowEnd }));
    return rows.map((row) => rowText(columns, row));
  };
  const cached = cachedGroups(read);
  return {
    kind: 'parquet',
    name,
    size: source.size,
    extent: groups.at(-1)!,
    start: '',
    details: { schema: metadata.schema, metadata: metadata.key_value_metadata ?? [] },
    sha256: (signal) => sha256OfStream(fileChunks(source, 0, source.size, signal)),
    async *rows(signal) {
      for (let group = 0; group + 1 < groups.length; group++) {
        throwIfAborted(signal);
        yield (await read(group)).map((text, i) => rowOf(text, groups[group] + i));
      }
    },
    text: async (at) => {
      const group = groups.findIndex((start, i) => start <= at && at < groups[i + 1]);
      return (await cached(group))[at - groups[group]];
    },
    layout: jsonLayout,
    canonical: canonicalJson,
    key: jsonKey,
  };
}

function rowOf(text: string, at: number): Row {
  return { text, bytes: encoder.encode(text), end: '\n', line: at + 1, at };
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

function checkColumns(name: string, schema: readonly SchemaElement[]): void {
  for (const element of schema) {
    const problem =
      element.type === 'INT96' ? 'INT96' : element.logical_type?.type === 'VARIANT' ? 'VARIANT' : undefined;
    if (problem)
      throw new LabError(
        'unsupported',
        `Column ${quoted(element.name)} of ${name} has the type ${problem}, which cannot be written again.`,
        'Write the file with another type for this column, such as TIMESTAMP.',
      );
  }
  if (schema.length < 2)
    throw new LabError('bad-file', `${name} has no columns.`, 'Name a Parquet file with columns.');
}

/** Returns the number of the first row of each row group, and at the end the number of rows. */
function groupStarts({ row_groups }: FileMetaData): number[] {
  const starts = [0];
  for (const { num_rows } of row_groups) starts.push(starts.at(-1)! + Number(num_rows));
  return starts;
}

function cachedGroups(read: (group: number) => Promise<string[]>): (group: number) => Promise<string[]> {
  const cache = new Map<number, string[]>();
  return async (group) => {
    const texts = cache.get(group) ?? (await read(group));
    cache.delete(group);
    cache.set(group, texts);
    if (cache.size > CACHED_GROUPS) cache.delete(cache.keys().next().value!);
    return texts;
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
