import type { SchemaElement } from 'hyparquet';
import type { ParquetCursor } from './cursor';
import { readDeltas, readLengthRuns } from './runs';

/** A column that holds values, and not other columns. */
export interface LeafColumn {
  /** Its name in errors, with those of the columns that hold it. */
  name: string;
  path: readonly string[];
  element: SchemaElement;
  /** The levels of a value that is there. */
  maxDefinition: number;
  maxRepetition: number;
}

/** Numbers of the encodings in the header of a page. */
const ENCODING = {
  plain: 0,
  oldDictionary: 2,
  rle: 3,
  delta: 5,
  deltaLength: 6,
  deltaBytes: 7,
  dictionary: 8,
  split: 9,
};
const FIXED_BYTES: Partial<Record<string, number>> = { INT32: 4, FLOAT: 4, INT64: 8, DOUBLE: 8 };
/** Bytes of an object for a value that is a byte array. */
const BYTE_ARRAY_BYTES = 96;

/** The values of a page, as its header describes them. */
interface EncodedValues {
  column: LeafColumn;
  encoding: number;
  /** Number of values, not counting missing ones. */
  count: number;
  /** Number of values in the dictionary, if there is one. */
  dictionary?: number;
}

/**
 * Checks that values are as many and as long as they should be.
 * @returns the bytes of memory that they take besides those of the page
 * @throws Error if they are not
 */
export function checkValues(cursor: ParquetCursor, values: EncodedValues): number {
  const { column, encoding, count } = values;
  const { type = 'none' } = column.element;
  const isBytes = type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY';
  if (encoding === ENCODING.dictionary || encoding === ENCODING.oldDictionary)
    return checkIndices(cursor, values);
  if (encoding === ENCODING.plain) return checkPlain(cursor, column, count);
  if (encoding === ENCODING.rle && type === 'BOOLEAN') return checkRuns(cursor, count);
  if (encoding === ENCODING.split && type !== 'BYTE_ARRAY' && type !== 'BOOLEAN') {
    cursor.need(count * fixedBytes(column));
    return count * (isBytes ? BYTE_ARRAY_BYTES : 0);
  }
  if (encoding === ENCODING.delta && (type === 'INT32' || type === 'INT64')) {
    readDeltas(cursor, type === 'INT32' ? 32 : 64, count);
    return 0;
  }
  if (encoding === ENCODING.deltaLength && type === 'BYTE_ARRAY') return checkLengths(cursor, count);
  if (encoding === ENCODING.deltaBytes && isBytes) return checkPrefixes(cursor, count);
  throw new Error(`values of type ${type} in encoding ${encoding} cannot be read`);
}

/** Checks values that stand one after the other, such as those of a dictionary. @returns as `checkValues` does */
export function checkPlain(cursor: ParquetCursor, column: LeafColumn, count: number): number {
  const { type } = column.element;
  if (type === 'BOOLEAN') cursor.need(Math.ceil(count / 8));
  else if (type === 'BYTE_ARRAY') for (let i = 0; i < count; i++) cursor.skip(cursor.uint(4));
  else cursor.need(count * fixedBytes(column));
  return type === 'BYTE_ARRAY' || type === 'FIXED_LEN_BYTE_ARRAY' ? count * BYTE_ARRAY_BYTES : 0;
}

function fixedBytes({ element: { type, type_length = 0 } }: LeafColumn): number {
  const bytes = type === 'FIXED_LEN_BYTE_ARRAY' ? type_length : (FIXED_BYTES[type!] ?? 0);
  if (bytes < 1) throw new Error(`values of type ${type} have no length`);
  return bytes;
}

function checkRuns(cursor: ParquetCursor, count: number): number {
  readLengthRuns(cursor.take(cursor.uint(4)), 1, count, () => undefined);
  return 0;
}

/** Without this check an index beyond the dictionary reads as a missing value. */
function checkIndices(cursor: ParquetCursor, { count, dictionary }: EncodedValues): number {
  if (dictionary === undefined) throw new Error('a page refers to a dictionary that is missing');
  const check = (index: number) => {
    if (index >= dictionary)
      throw new Error(`a page refers to value ${index} of a dictionary of ${dictionary}`);
  };
  const width = cursor.byte();
  if (width > 0) readLengthRuns(cursor, width, count, check);
  else if (count > 0) check(0);
  return 0;
}

function checkLengths(cursor: ParquetCursor, count: number): number {
  let bytes = 0;
  readDeltas(cursor, 32, count, (length) => (bytes += checkedLength(length)));
  cursor.need(bytes);
  return count * BYTE_ARRAY_BYTES;
}

/** Checks byte arrays that begin like the one before. A few of them can take far more memory than the page. */
function checkPrefixes(cursor: ParquetCursor, count: number): number {
  const prefixes: number[] = [];
  readDeltas(cursor, 32, count, (length) => prefixes.push(checkedLength(length)));
  let [row, before, suffixes, bytes] = [0, 0, 0, 0];
  readDeltas(cursor, 32, count, (suffix) => {
    const prefix = prefixes[row++];
    if (prefix > before) throw new Error(`a value begins with ${prefix} bytes of one that has ${before}`);
    before = prefix + checkedLength(suffix);
    suffixes += suffix;
    bytes += before;
  });
  cursor.need(suffixes);
  return bytes + count * BYTE_ARRAY_BYTES;
}

function checkedLength(length: number): number {
  if (length < 0) throw new Error(`a value has ${length} bytes`);
  return length;
}
