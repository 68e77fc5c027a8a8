import type { Cursor } from './cursor';
import { badGguf } from './errors';
import type { GgufList, GgufScalar, GgufValue } from './types';
import { isNumberType, LEAST_BYTES, NUMBER_LISTS, VALUE_TYPES, type ValueType } from './valueTypes';

/** Lists of lists may nest this deep; llama.cpp itself reads none. */
const MAX_DEPTH = 4;

/**
 * Lists inside lists that one file may hold. An empty one takes 12 bytes of the file and some hundred of memory: without a limit a file would
 * unfold to many times its size.
 */
const MAX_INNER_LISTS = 4096;

/** Counts the lists inside lists of one file. */
export interface ListBudget {
  innerLists: number;
}

/**
 * One metadata value: its type and what follows.
 * @param field names the value in a refusal, such as `metadata "general.name"`
 * @throws LabError bad-file
 */
export function readValue(cursor: Cursor, field: string, budget: ListBudget): GgufValue {
  const type = readType(cursor, `the type of ${field}`);
  return type === 'array' ? readList(cursor, field, budget, 1) : readScalar(cursor, type, field);
}

function readType(cursor: Cursor, field: string): ValueType {
  const id = cursor.uint32(field);
  if (id < VALUE_TYPES.length) return VALUE_TYPES[id];
  throw badGguf(`${field} is ${id}, which is no metadata type`);
}

function readScalar(cursor: Cursor, type: Exclude<ValueType, 'array'>, field: string): GgufScalar {
  // The reader of each type returns what its element type holds.
  return { type, value: type === 'bool' ? readBool(cursor, field) : cursor[type](field) } as GgufScalar;
}

function readBool(cursor: Cursor, field: string): boolean {
  const byte = cursor.uint8(field);
  if (byte > 1) throw badGguf(`${field} is a truth value of ${byte}, neither 0 nor 1`);
  return byte === 1;
}

function readList(cursor: Cursor, field: string, budget: ListBudget, depth: number): GgufList {
  const items = readType(cursor, `the item type of ${field}`);
  const count = cursor.count(LEAST_BYTES[items], `the number of items of ${field}`);
  if (isNumberType(items)) {
    const bytes = cursor.copy(count * LEAST_BYTES[items], field);
    return { type: 'array', items, value: new NUMBER_LISTS[items](bytes.buffer) } as GgufList;
  }
  if (items === 'array') return readInnerLists(cursor, field, count, budget, depth);
  const read = items === 'bool' ? () => readBool(cursor, field) : () => cursor.string(field);
  return { type: 'array', items, value: collect<boolean | string>(count, read) } as GgufList;
}

function readInnerLists(
  cursor: Cursor,
  field: string,
  count: number,
  budget: ListBudget,
  depth: number,
): GgufList {
  if (depth >= MAX_DEPTH) throw badGguf(`${field} nests lists deeper than ${MAX_DEPTH}`);
  budget.innerLists += count;
  if (budget.innerLists > MAX_INNER_LISTS)
    throw badGguf(`with ${field} it has more than ${MAX_INNER_LISTS} lists inside lists`);
  const value = collect(count, () => readList(cursor, field, budget, depth + 1));
  return { type: 'array', items: 'array', value };
}

function collect<T>(count: number, read: () => T): T[] {
  const values: T[] = [];
  for (let i = 0; i < count; i++) values.push(read());
  return values;
}
