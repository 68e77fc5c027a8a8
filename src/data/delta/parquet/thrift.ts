import type { ParquetCursor } from './cursor';

/** Types of Thrift's compact protocol (thrift/doc/specs/thrift-compact-protocol.md). */
const TYPE = {
  stop: 0,
  yes: 1,
  no: 2,
  byte: 3,
  int16: 4,
  int32: 5,
  int64: 6,
  double: 7,
  binary: 8,
  list: 9,
  struct: 12,
};
/** Parquet's structures are at most seven deep. */
const MAX_DEPTH = 16;
/** Fields are numbered with 16 bits. */
const MAX_FIELD = 0x7fff;
/** A length of 15 says that the length follows as a varint. */
const LONG_LIST = 15;

/**
 * Called for each field with the numbers of the fields that lead to it, such as "5.1", or "5.1[]" for an element of a list
 * unless it is a structure.
 * @param value the number; for a boolean 1 or 0, for a list its length, for binary its bytes
 */
type Visit = (path: string, value: number) => void;

/**
 * Reads a structure to its end. Every number, length and depth is checked, so that a reader without these checks can be given the same
 * bytes.
 * @throws Error if the bytes are no such structure
 */
export function walkStruct(cursor: ParquetCursor, visit: Visit, path = '', depth = 0): void {
  if (depth > MAX_DEPTH) throw new Error(`structures are nested more than ${MAX_DEPTH} deep`);
  for (let field = 0; ;) {
    const byte = cursor.byte();
    if ((byte & 15) === TYPE.stop) return;
    field = byte >> 4 ? field + (byte >> 4) : cursor.zigzag();
    if (field < 1 || field > MAX_FIELD) throw new Error(`a field has the number ${field}`);
    walkValue(cursor, byte & 15, visit, path === '' ? `${field}` : `${path}.${field}`, depth);
  }
}

function walkValue(cursor: ParquetCursor, type: number, visit: Visit, path: string, depth: number): void {
  if (type === TYPE.struct) return walkStruct(cursor, visit, path, depth + 1);
  if (type === TYPE.list) return walkList(cursor, visit, path, depth);
  visit(path, scalar(cursor, type));
}

function walkList(cursor: ParquetCursor, visit: Visit, path: string, depth: number): void {
  const header = cursor.byte();
  const length = header >> 4 === LONG_LIST ? cursor.varint() : header >> 4;
  const type = header & 15;
  if (type === TYPE.list || length > cursor.left)
    throw new Error(`a list of ${length} elements does not fit`);
  visit(path, length);
  // Elements that are booleans have a byte each, whereas the type of a field is its value.
  const element = type === TYPE.yes || type === TYPE.no ? TYPE.byte : type;
  const inner = type === TYPE.struct ? path : `${path}[]`;
  for (let i = 0; i < length; i++) walkValue(cursor, element, visit, inner, depth);
}

function scalar(cursor: ParquetCursor, type: number): number {
  switch (type) {
    case TYPE.yes:
      return 1;
    case TYPE.no:
      return 0;
    case TYPE.byte:
      return cursor.byte();
    case TYPE.int16:
    case TYPE.int32:
      return cursor.zigzag();
    case TYPE.int64:
      return cursor.zigzag(64);
    case TYPE.double:
      cursor.skip(8);
      return NaN;
    case TYPE.binary: {
      const length = cursor.varint();
      cursor.skip(length);
      return length;
    }
    default:
      throw new Error(`a field has the unknown type ${type}`);
  }
}
