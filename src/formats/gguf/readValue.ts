import type { Cursor } from './cursor';
import { badGguf } from './errors';
import type { GgufArray, GgufScalar, GgufValue } from './types';
import { isNumberType, MIN_BYTES, NUMBER_ARRAYS, VALUE_TYPES, type ValueType } from './valueTypes';

/** Maximum depth of nested arrays; llama.cpp itself reads none. */
const MAX_DEPTH = 4;

/**
 * Maximum number of nested arrays in a file. An empty one takes 12 bytes of the file and about a hundred bytes of memory,
 * so without a limit a parsed header could take many times the size of the file.
 */
const MAX_NESTED_ARRAYS = 4096;

/** Counts the nested arrays of one file. */
export interface ArrayBudget {
  nestedArrays: number;
}

/**
 * Reads a metadata value: its type, then its content.
 * @param field names the value in an error, such as `metadata "general.name"`
 * @throws LabError bad-file
 */
export function readValue(cursor: Cursor, field: string, budget: ArrayBudget): GgufValue {
  const type = readType(cursor, `the type of ${field}`);
  return type === 'array' ? readArray(cursor, field, budget, 1) : readScalar(cursor, type, field);
}

function readType(cursor: Cursor, field: string): ValueType {
  const id = cursor.uint32(field);
  if (id < VALUE_TYPES.length) return VALUE_TYPES[id];
  throw badGguf(`${field} is ${id}, which is not a metadata type`);
}

function readScalar(cursor: Cursor, type: Exclude<ValueType, 'array'>, field: string): GgufScalar {
  // The method of each type returns a value of that type.
  return { type, value: type === 'bool' ? readBool(cursor, field) : cursor[type](field) } as GgufScalar;
}

function readBool(cursor: Cursor, field: string): boolean {
  const byte = cursor.uint8(field);
  if (byte > 1) throw badGguf(`${field} is a boolean with the value ${byte}, which is neither 0 nor 1`);
  return byte === 1;
}

function readArray(cursor: Cursor, field: string, budget: ArrayBudget, depth: number): GgufArray {
  const items = readType(cursor, `the element type of ${field}`);
  const count = cursor.count(MIN_BYTES[items], `the number of elements of ${field}`);
  if (isNumberType(items)) {
    const bytes = cursor.copy(count * MIN_BYTES[items], field);
    return { type: 'array', items, value: new NUMBER_ARRAYS[items](bytes.buffer) } as GgufArray;
  }
  if (items === 'array') return readNestedArrays(cursor, field, count, budget, depth);
  const read = items === 'bool' ? () => readBool(cursor, field) : () => cursor.string(field);
  return { type: 'array', items, value: collect<boolean | string>(count, read) } as GgufArray;
}

function readNestedArrays(
  cursor: Cursor,
  field: string,
  count: number,
  budget: ArrayBudget,
  depth: number,
): GgufArray {
  if (depth >= MAX_DEPTH) throw badGguf(`${field} nests arrays deeper than ${MAX_DEPTH} levels`);
  budget.nestedArrays += count;
  if (budget.nestedArrays > MAX_NESTED_ARRAYS)
    throw badGguf(`it has more than ${MAX_NESTED_ARRAYS} nested arrays up to ${field}`);
  const value = collect(count, () => readArray(cursor, field, budget, depth + 1));
  return { type: 'array', items: 'array', value };
}

function collect<T>(count: number, read: () => T): T[] {
  const values: T[] = [];
  for (let i = 0; i < count; i++) values.push(read());
  return values;
}
