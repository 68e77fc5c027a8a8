import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import { type HeaderBytes, isWellFormed } from './headerBytes';
import type { GgufList, GgufScalar, GgufValue } from './types';
import { NUMBER_LISTS, type NumberType, VALUE_TYPES, type ValueType } from './valueTypes';

/**
 * Appends a metadata value: its type and what follows.
 * @param key names it in a refusal
 * @throws LabError bad-input where a number does not fit its type or a text is not well-formed
 */
export function writeValue(out: HeaderBytes, key: string, value: GgufValue): void {
  writeType(out, value.type);
  if (value.type === 'array') writeList(out, key, value);
  else writeScalar(out, key, value);
}

function writeType(out: HeaderBytes, type: ValueType): void {
  out.uint32(VALUE_TYPES.indexOf(type));
}

function writeScalar(out: HeaderBytes, key: string, { type, value }: GgufScalar): void {
  if (type === 'string') writeText(out, key, value);
  else if (type === 'bool') out.append(Uint8Array.of(Number(value)));
  else writeNumber(out, key, type, value);
}

function writeNumber(out: HeaderBytes, key: string, type: NumberType, value: number | bigint): void {
  const stored = new NUMBER_LISTS[type](1);
  // Numbers go with number types and bigints with the 64-bit ones: GgufScalar says so.
  stored.fill(value as never);
  if (!fits(type, value, stored[0])) throw badValue(key, `${value} is no ${type}`);
  out.append(new Uint8Array(stored.buffer));
}

/** Typed arrays wrap and truncate what they cannot hold; only a float32 may round. */
function fits(type: NumberType, value: number | bigint, stored: number | bigint): boolean {
  if (type === 'float32') return Number.isFinite(value) === Number.isFinite(stored);
  return stored === value || Object.is(stored, value);
}

function writeText(out: HeaderBytes, key: string, text: string): void {
  if (!isWellFormed(text)) throw badValue(key, `${quoted(text)} has half a character, which UTF-8 lacks`);
  out.string(text);
}

function writeList(out: HeaderBytes, key: string, list: GgufList): void {
  writeType(out, list.items);
  out.uint64(list.value.length);
  if (list.items === 'array') for (const inner of list.value) writeList(out, key, inner);
  else if (list.items === 'string') for (const text of list.value) writeText(out, key, text);
  else if (list.items === 'bool') out.append(Uint8Array.from(list.value, Number));
  else out.append(new Uint8Array(list.value.buffer, list.value.byteOffset, list.value.byteLength));
}

function badValue(key: string, why: string): LabError {
  return new LabError(
    'bad-input',
    `Metadata ${quoted(key)} cannot be written: ${why}.`,
    'Give it a value of its type.',
  );
}
