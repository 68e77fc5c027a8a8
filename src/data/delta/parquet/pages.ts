import type { CompressionCodec, Compressors } from 'hyparquet';
import { ParquetCursor } from './cursor';
import { decompressed } from './decompress';
import { readLengthRuns } from './runs';
import { walkStruct } from './thrift';
import { checkPlain, checkValues, type LeafColumn } from './values';

const PAGE = { data: 0, dictionary: 2, data2: 3 };
/** The number of the encoding RLE, the only one in which levels are read. */
const RLE = 3;
/** Bytes of memory of a value in the column, in its row and in the levels. */
const VALUE_BYTES = 64;
/** Bytes of memory of an array that holds values of a nested column. */
const LIST_BYTES = 200;

/** The part of a column in one row group. */
interface ColumnChunkPages {
  column: LeafColumn;
  codec: CompressionCodec;
  compressors: Compressors;
  /** Number of rows in the row group. */
  rows: number;
  /** Called with the bytes of memory that pages will take, before they do. @throws Error if they are too many */
  reserve: (bytes: number) => void;
}

/**
 * Checks all pages of a column chunk: the library that decodes them trusts their lengths, counts and references, writes runs of any
 * length, and reads a missing value where there is none.
 * @throws Error if anything in them does not fit
 */
export function checkPages(cursor: ParquetCursor, chunk: ColumnChunkPages): void {
  const state: { dictionary?: number } = {};
  let rows = 0;
  while (rows < chunk.rows || (isNested(chunk.column) && cursor.left > 1)) {
    if (cursor.left <= 1) throw new Error(`its pages have ${rows} rows, but its row group has ${chunk.rows}`);
    const header = pageHeader(cursor);
    const page = cursor.take(header('3'));
    chunk.reserve(page.left + header('2'));
    if (header('1') === PAGE.dictionary) state.dictionary = checkDictionary(page, header, chunk);
    else rows += checkDataPage(page, header, { ...chunk, ...state });
  }
  if (rows !== chunk.rows)
    throw new Error(`its pages have ${rows} rows, but its row group has ${chunk.rows}`);
}

function isNested({ path }: LeafColumn): boolean {
  return path.length > 1;
}

/** Returns a field of a page's header by the numbers of Thrift's fields (apache/parquet-format, parquet.thrift), as a natural number. */
type PageHeader = (path: string, missing?: number) => number;

function pageHeader(cursor: ParquetCursor): PageHeader {
  const fields = new Map<string, number>();
  walkStruct(cursor, (path, value) => {
    if (fields.has(path)) throw new Error(`the header of a page has field ${path} twice`);
    fields.set(path, value);
  });
  return (path, missing = -1) => {
    const value = fields.get(path) ?? missing;
    if (value >= 0) return value;
    throw new Error(`field ${path} of the header of a page is missing or negative`);
  };
}

function checkDictionary(page: ParquetCursor, header: PageHeader, chunk: ColumnChunkPages): number {
  const count = header('7.1');
  const values = decompressed(page, header('2'), chunk.codec, chunk.compressors);
  chunk.reserve(VALUE_BYTES * count);
  chunk.reserve(checkPlain(values, chunk.column, count));
  return count;
}

type ChunkState = ColumnChunkPages & { dictionary?: number };

/** Checks a page of values. @returns the number of its rows */
function checkDataPage(page: ParquetCursor, header: PageHeader, chunk: ChunkState): number {
  const type = header('1');
  if (type === PAGE.data) return checkFirstVersion(page, header, chunk);
  if (type === PAGE.data2) return checkSecondVersion(page, header, chunk);
  throw new Error(`a page has the unknown type ${type}`);
}

function checkFirstVersion(page: ParquetCursor, header: PageHeader, chunk: ChunkState): number {
  const { column, codec, compressors } = chunk;
  const count = header('5.1');
  chunk.reserve(VALUE_BYTES * count);
  const cursor = decompressed(page, header('2'), codec, compressors);
  if (column.maxRepetition > 0) needRle(header('5.4'));
  const repetition = readLevels(cursor, column.maxRepetition, count);
  if (column.maxDefinition > 0) needRle(header('5.3'));
  const definition = readLevels(cursor, column.maxDefinition, count);
  reserveLists(chunk, count, repetition);
  const { highest } = definition;
  chunk.reserve(checkValues(cursor, { ...chunk, encoding: header('5.2'), count: highest }));
  return repetition.lowest;
}

function checkSecondVersion(page: ParquetCursor, header: PageHeader, chunk: ChunkState): number {
  const { column, codec, compressors } = chunk;
  const [count, missing, rows] = [header('8.1'), header('8.2'), header('8.3')];
  const [definitionBytes, repetitionBytes] = [header('8.5'), header('8.6')];
  chunk.reserve(VALUE_BYTES * count);
  const repetition = readLevels(page.take(repetitionBytes), column.maxRepetition, count, true);
  if (column.maxDefinition === 0 && definitionBytes > 0)
    throw new Error('a page has levels that its column lacks');
  const definition = readLevels(page.take(definitionBytes), column.maxDefinition, count, true);
  if (definition.highest !== count - missing || repetition.lowest !== rows)
    throw new Error(
      `a page has ${repetition.lowest} rows and ${definition.highest} values instead of ${rows} and ${count - missing}`,
    );
  reserveLists(chunk, count, repetition);
  const size = header('2') - definitionBytes - repetitionBytes;
  const cursor = header('8.7', 1) === 1 ? decompressed(page, size, codec, compressors) : page;
  chunk.reserve(checkValues(cursor, { ...chunk, encoding: header('8.4'), count: definition.highest }));
  return rows;
}

function needRle(encoding: number): void {
  if (encoding !== RLE) throw new Error(`levels in encoding ${encoding} cannot be read`);
}

/** How many values have the lowest and the highest level. */
interface LevelCounts {
  lowest: number;
  highest: number;
}

/** Reads the levels of a page. @param isWhole whether they take the whole cursor; otherwise they begin with their length */
function readLevels(cursor: ParquetCursor, max: number, count: number, isWhole = false): LevelCounts {
  if (max === 0) return { lowest: count, highest: count };
  const counts = { lowest: 0, highest: 0 };
  const levels = isWhole ? cursor : cursor.take(cursor.uint(4));
  readLengthRuns(levels, 32 - Math.clz32(max), count, (level, times) => {
    if (level > max) throw new Error(`a value has the level ${level}; the highest is ${max}`);
    if (level === 0) counts.lowest += times;
    if (level === max) counts.highest += times;
  });
  return counts;
}

/** Reserves the arrays in which the library collects values of nested columns. */
function reserveLists({ column, reserve }: ChunkState, count: number, repetition: LevelCounts): void {
  const begun = column.maxRepetition > 0 ? count - repetition.highest : count;
  reserve(LIST_BYTES * begun * (column.path.length - 1));
}
