import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import { type HeaderBytes, isWellFormed } from './headerBytes';
import type { GgufArray, GgufScalar, GgufValue } from './types';
import { NUMBER_ARRAYS, type NumberType, VALUE_TYPES, type ValueType } from './valueTypes';

/**
 * Appends a metadata value: its type, then its content.
 * @param key names it in an error
 * @throws LabError bad-input if a number does not fit its type or a string is not well-formed
 */
export function writeValue(out: HeaderBytes, key: string, value: GgufValue): void {
  writeType(out, value.type);
  if (value.type === 'array') writeArray(out, key, value);
  else writeScalar(out, key, value);
}

function writeType(out: HeaderBytes, type: ValueType): void {
  out.uint32(VALUE_TYPES.indexOf(type));
}

function writeScalar(out: HeaderBytes, key: string, { type, value }: GgufScalar): void {
  if (type === 'string') writeString(out, key, value);
  else if (type === 'bool') out.append(Uint8Array.of(Number(value)));
  else writeNumber(out, key, type, value);
}

function writeNumber(out: HeaderBytes, key: string, type: NumberType, value: number | bigint): void {
  const stored = new NUMBER_ARRAYS[type](1);
  // GgufScalar guarantees that 64-bit integer types have bigints and all others have numbers.
  stored.fill(value as never);
  if (!fits(type, value, stored[0])) throw badValue(key, `${value} is not a valid ${type}`);
  out.append(new Uint8Array(stored.buffer));
}

/**
 * Returns whether the typed array kept the value: integers outside its range wrap around. A float32 may round, but not to
 * infinity.
 */
function fits(type: NumberType, value: number | bigint, stored: number | bigint): boolean {
  if (type === 'float32') return Number.isFinite(value) === Number.isFinite(stored);
  return stored === value || Object.is(stored, value);
}

function writeString(out: HeaderBytes, key: string, text: string): void {
  if (!isWellFormed(text))
    throw badValue(key, `${quoted(text)} has a lone surrogate, which UTF-8 cannot encode`);
  out.string(text);
}

function writeArray(out: HeaderBytes, key: string, array: GgufArray): void {
  writeType(out, array.items);
  out.uint64(array.value.length);
  if (array.items === 'array') for (const inner of array.value) writeArray(out, key, inner);
  else if (array.items === 'string') for (const text of array.value) writeString(out, key, text);
  else if (array.items === 'bool') out.append(Uint8Array.from(array.value, Number));
  else out.append(new Uint8Array(array.value.buffer, array.value.byteOffset, array.value.byteLength));
}

function badValue(key: string, why: string): LabError {
  return new LabError(
    'bad-input',
    `Metadata ${quoted(key)} cannot be written: ${why}.`,
    'Give it a value that fits its type.',
  );
}
