import { parquetMetadata, type FileMetaData, type RowGroup, type SchemaElement } from 'hyparquet';
import { LabError } from '../../../base/errors';
import { quoted } from '../../../base/shown';
import { readRange, type ByteSource } from '../../../formats/byteSource';
import { ParquetCursor } from './cursor';
import { walkStruct } from './thrift';
import type { LeafColumn } from './values';

/** Bytes behind the metadata: their length and "PAR1". */
const TAIL_BYTES = 8;
/** Bytes of a smallest or largest value, of which the library makes a number in quadratic time. */
const MAX_STATISTIC = 8192;
/** The library looks for each column among all of them. */
const MAX_COLUMNS = 10_000;
const MAX_DEPTH = 64;
/** Types that cannot be written again, and what to use instead. */
const INSTEAD: Readonly<Record<string, string>> = {
  INT96: 'TIMESTAMP',
  VARIANT: 'JSON',
  MAP: 'a list of structures',
};
/** Numbers of Thrift's fields in the metadata (apache/parquet-format, parquet.thrift). */
const FIELD = {
  schema: '2',
  schemaName: '2.4',
  groups: '4',
  chunks: '4.1',
  chunkPath: '4.1.3.3',
  statistics: '4.1.3.12.',
};

/** The metadata of a file, and its columns. */
export interface ParquetFooter {
  metadata: FileMetaData;
  /** Columns that hold values, in the order of the chunks of each row group. */
  leaves: readonly LeafColumn[];
}

/**
 * Reads the metadata at the end of a file, and checks what decoding relies on.
 * @throws Error if the file is damaged; LabError unsupported for columns that cannot be written again; bad-file without columns
 */
export async function readFooter(name: string, source: ByteSource): Promise<ParquetFooter> {
  const bytes = await footerBytes(source);
  checkFields(new ParquetCursor(bytes, 0, bytes.length - TAIL_BYTES));
  const metadata = parquetMetadata(bytes, { geoparquet: false });
  checkColumnTypes(name, metadata.schema);
  const leaves = leafColumns(metadata.schema);
  const end = source.size - bytes.length;
  for (const group of metadata.row_groups) checkGroup(group, leaves, end);
  checkTotals(metadata, end);
  return { metadata, leaves };
}

async function footerBytes(source: ByteSource): Promise<Uint8Array> {
  if (source.size < TAIL_BYTES) throw new Error('it is too short');
  const tail = await readRange(source, source.size - TAIL_BYTES, TAIL_BYTES);
  if (String.fromCharCode(...tail.subarray(4)) !== 'PAR1') throw new Error('it does not end with PAR1');
  const length = new ParquetCursor(tail).uint(4) + TAIL_BYTES;
  if (length > source.size) throw new Error(`its metadata of ${length} bytes does not fit`);
  return (await readRange(source, source.size - length, length)).slice();
}

/** Checks the structure of the metadata before the library reads it, and that a few bytes do not become many objects. */
function checkFields(cursor: ParquetCursor): void {
  const counts = new Map<string, number>();
  const add = (path: string, value: number) => counts.set(path, (counts.get(path) ?? 0) + value);
  walkStruct(cursor, (path, value) => {
    if (path.startsWith(FIELD.statistics) && value > MAX_STATISTIC)
      throw new Error(`a smallest or largest value has more than ${MAX_STATISTIC} bytes`);
    if (path === FIELD.schema || path === FIELD.chunks) add(path, value);
    if (path === FIELD.schemaName) add(path, 1);
    if (path === FIELD.chunkPath) add(path, Number(value > 0));
  });
  if (counts.get(FIELD.schema) !== counts.get(FIELD.schemaName)) throw new Error('a column has no name');
  if (counts.get(FIELD.chunks) !== counts.get(FIELD.chunkPath))
    throw new Error('a part of a column has no path');
}

function checkColumnTypes(name: string, schema: readonly SchemaElement[]): void {
  for (const element of schema) {
    const types = [element.type, element.converted_type, element.logical_type?.type];
    const problem = Object.keys(INSTEAD).find((type) => types.some((each) => each === type));
    if (problem)
      throw new LabError(
        'unsupported',
        `Column ${quoted(element.name)} of ${name} has the type ${problem}, which cannot be written again.`,
        `Write the file with another type for this column, such as ${INSTEAD[problem]}.`,
      );
  }
  if (schema.length < 2)
    throw new LabError('bad-file', `${name} has no columns.`, 'Name a Parquet file with columns.');
  if (schema.length > MAX_COLUMNS)
    throw new LabError(
      'limit',
      `${name} has ${schema.length - 1} columns; at most ${MAX_COLUMNS} can be read.`,
      'Write the file with fewer columns, or convert both files to JSON Lines.',
    );
}

/** Returns the columns that hold values. Levels are counted as the library counts them. */
function leafColumns(schema: readonly SchemaElement[]): LeafColumn[] {
  const leaves: LeafColumn[] = [];
  let at = 0;
  const visit = (path: string[], parents: SchemaElement[]) => {
    const element = schema[at++] as SchemaElement | undefined;
    if (!element || path.length > MAX_DEPTH) throw new Error('its schema is not a tree');
    const own = parents.length === 0 ? [] : [...path, element.name];
    const chain = [...parents, element];
    if (!element.num_children && parents.length > 0) return void leaves.push(leafOf(own, chain));
    const names = new Set<string>();
    for (let i = 0; i < (element.num_children ?? 0); i++) {
      const child = (schema[at] as SchemaElement | undefined)?.name ?? '';
      if (names.has(child) || child === '__proto__')
        throw new Error(`its column ${quoted(child)} has a name that is used twice or cannot be used`);
      names.add(child);
      visit(own, chain);
    }
  };
  visit([], []);
  if (at !== schema.length) throw new Error('its schema is not a tree');
  return leaves;
}

function leafOf(path: string[], chain: readonly SchemaElement[]): LeafColumn {
  const element = chain.at(-1)!;
  const name = path.join('.');
  if (!element.type) throw new Error(`its column ${quoted(name)} has no type`);
  const maxDefinition = chain.slice(1).filter((each) => each.repetition_type !== 'REQUIRED').length;
  const maxRepetition = chain.filter((each) => each.repetition_type === 'REPEATED').length;
  return { name, path, element, maxDefinition, maxRepetition };
}

/** Checks that a row group has a part of each column. @param end where the metadata begins */
function checkGroup({ columns, num_rows }: RowGroup, leaves: readonly LeafColumn[], end: number): void {
  if (num_rows < 0n || columns.length !== leaves.length)
    throw new Error(`a row group has ${num_rows} rows and ${columns.length} of ${leaves.length} columns`);
  for (const [i, { meta_data: part, file_path }] of columns.entries()) {
    const { name, path, element } = leaves[i];
    if (file_path) throw new Error(`its column ${quoted(name)} is in another file`);
    if (!part || part.type !== element.type || part.path_in_schema.join('\0') !== path.join('\0'))
      throw new Error(`a row group has another column where ${quoted(name)} should be`);
    const [begin, stop] = chunkRange(part);
    if (!(begin >= 0 && stop >= begin && stop <= end))
      throw new Error(`its column ${quoted(name)} lies outside the file`);
  }
}

/** Returns the bytes of a part of a column. */
export function chunkRange(part: NonNullable<RowGroup['columns'][number]['meta_data']>): [number, number] {
  const begin = Number(part.dictionary_page_offset || part.data_page_offset);
  return [begin, begin + Number(part.total_compressed_size)];
}

/** Parts that overlap would let a small file hold any number of rows. */
function checkTotals({ num_rows, row_groups }: FileMetaData, end: number): void {
  let [rows, bytes] = [0n, 0];
  for (const group of row_groups) {
    rows += group.num_rows;
    for (const { meta_data } of group.columns) bytes += Number(meta_data!.total_compressed_size);
  }
  if (rows !== num_rows)
    throw new Error(`it says that it has ${num_rows} rows, but its row groups have ${rows}`);
  if (bytes > end) throw new Error('its row groups overlap');
}
