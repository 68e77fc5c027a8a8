import type { GgufElementType } from './types';

/** Metadata types in the order of their ids in the file. */
export const VALUE_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const satisfies readonly (GgufElementType | 'array')[];

export type ValueType = (typeof VALUE_TYPES)[number];

/** Minimum size of one element in bytes: a string has at least its length, an array its element type and its length. */
export const MIN_BYTES: Record<ValueType, number> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  bool: 1,
  string: 8,
  array: 12,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** The typed array that represents an array of each number type. */
export const NUMBER_ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float64: Float64Array,
} as const;

export type NumberType = keyof typeof NUMBER_ARRAYS;

export function isNumberType(type: ValueType): type is NumberType {
  return type in NUMBER_ARRAYS;
}
