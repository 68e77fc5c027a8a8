import { LabError } from '../../base/errors';
import { quoted, shown } from '../../base/shown';
import { type Dtype, isDtype, rawTensorBytes } from '../dtypes';
import type { TensorPlace } from '../fileTensor';

/**
 * The header of safetensors (https://github.com/huggingface/safetensors, "Format"): a u64 length, then JSON padded with
 * spaces. The tensors' bytes follow, little-endian and without gaps. The input is untrusted.
 */

/** The parsed header of a safetensors file. */
interface SafetensorsHeader {
  metadata: Record<string, string>;
  /** In header order; offsets count from the beginning of the file. */
  tensors: Map<string, TensorPlace>;
  /** Number of bytes before the first tensor: length field, header and padding. */
  headerBytes: number;
}

/** Size of the length field in bytes. */
export const LENGTH_BYTES = 8;

/** The limit of the reference reader. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

interface Placed extends TensorPlace {
  name: string;
}

/**
 * Parses and checks the header.
 * @param start the file's first `headerEnd` bytes
 * @param fileBytes the size of the whole file in bytes
 * @throws LabError bad-file with the tensor and the invalid field
 */
export function parseHeader(start: Uint8Array, fileBytes: number): SafetensorsHeader {
  const headerBytes = start.byteLength;
  const text = decodeHeader(start.subarray(LENGTH_BYTES));
  const header = parseObject(text);
  const metadata = parseMetadata(header[METADATA]);
  const placed = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => parseEntry(name, entry));
  checkDuplicates(text, header, metadata, placed.length);
  checkPacking(placed, fileBytes - headerBytes);
  const tensors = new Map(placed.map(({ name, ...rest }) => [name, shifted(rest, headerBytes)]));
  return { metadata, tensors, headerBytes };
}

/** Returns the location with offsets increased by `by`: offsets in the header count from its end. */
function shifted({ dtype, shape, begin, end }: TensorPlace, by: number): TensorPlace {
  return { dtype, shape, begin: begin + by, end: end + by };
}

/**
 * Returns the byte offset at which the header ends.
 * @param start at least the first `LENGTH_BYTES` bytes of the file, or all of it
 * @throws LabError bad-file if the file ends before the header does, or the header exceeds 100 MB
 */
export function headerEnd(start: Uint8Array, fileBytes: number): number {
  if (fileBytes < LENGTH_BYTES)
    throw badSafetensors(
      `it has ${fileBytes} bytes, but the length of its header alone takes ${LENGTH_BYTES}`,
    );
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER_BYTES)
    throw badSafetensors(`its header claims ${length} bytes; at most ${MAX_HEADER_BYTES} are allowed`);
  if (length > fileBytes - LENGTH_BYTES)
    throw badSafetensors(`its header claims ${length} bytes, but the whole file has only ${fileBytes}`);
  return LENGTH_BYTES + length;
}

function decodeHeader(bytes: Uint8Array): string {
  if (bytes[0] !== 0x7b) throw badSafetensors('its header does not begin with "{"');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw badSafetensors('its header is not UTF-8', error);
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    // The text begins with "{", so whatever JSON.parse accepts is an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw badSafetensors('its header is not JSON', error);
  }
}

function parseMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isPlainObject(value)) throw badSafetensors(`the header's ${METADATA} is not an object`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string')
      throw badSafetensors(`the header's ${METADATA} entry ${quoted(key)} is not a string`);
  return value as Record<string, string>;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseEntry(name: string, entry: unknown): Placed {
  const fail = (field: string, why: string) => badSafetensors(`tensor ${quoted(name)}: ${field} ${why}`);
  if (!isPlainObject(entry)) throw fail('the entry', 'is not an object');
  const { dtype, shape, data_offsets: offsets, ...others } = entry;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw fail(`field ${quoted(unknown)}`, 'is not part of the format');
  if (!isDtype(dtype)) throw fail('dtype', `${shown(dtype)} is unknown`);
  if (!isSizes(shape)) throw fail('shape', 'is not a list of sizes');
  if (!isSizes(offsets) || offsets.length !== 2) throw fail('data_offsets', 'is not a pair of offsets');
  const [begin, end] = offsets;
  if (end < begin) throw fail('data_offsets', `end (${end}) before they begin (${begin})`);
  const size = entryBytes(name, dtype, shape);
  if (end - begin !== size)
    throw fail('data_offsets', `span ${end - begin} bytes, but dtype and shape need ${size}`);
  return { name, dtype, shape, begin, end };
}

function entryBytes(name: string, dtype: Dtype, shape: readonly number[]): number {
  try {
    return rawTensorBytes(dtype, shape);
  } catch (error) {
    throw badSafetensors(
      `tensor ${quoted(name)}: shape is too large or does not end at a whole byte (${dtype}[${shape.slice(0, 8).join(',')}])`,
      error,
    );
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/**
 * Checks that every data byte belongs to exactly one tensor: in order of offset, each tensor begins where the previous
 * one ends.
 */
function checkPacking(placed: readonly Placed[], dataBytes: number): void {
  let at = 0;
  for (const { name, begin, end } of [...placed].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > dataBytes)
      throw badSafetensors(
        `tensor ${quoted(name)}: data_offsets end at ${end}, but the file has ${dataBytes} data bytes`,
      );
    if (begin < at)
      throw badSafetensors(`tensor ${quoted(name)}: data_offsets overlap another tensor's bytes`);
    if (begin > at)
      throw badSafetensors(`tensor ${quoted(name)}: data_offsets leave ${begin - at} bytes before it unused`);
    at = end;
  }
  if (at !== dataBytes) throw badSafetensors(`${dataBytes - at} bytes at its end belong to no tensor`);
}

/**
 * Checks that no name occurs twice. JSON.parse keeps only the last of equal names, but the colons outside strings count
 * all of them.
 */
function checkDuplicates(
  text: string,
  header: Record<string, unknown>,
  metadata: Record<string, string>,
  tensors: number,
): void {
  const fieldsPerTensor = 3;
  const names = Object.keys(header).length + Object.keys(metadata).length + fieldsPerTensor * tensors;
  const colons = countColons(text);
  if (colons !== names) throw badSafetensors('a name occurs twice in its header');
}

function countColons(text: string): number {
  let colons = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) inString = !inString;
    else if (c === 0x5c && inString) i++;
    else if (c === 0x3a && !inString) colons++;
  }
  return colons;
}

function badSafetensors(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid safetensors file: ${why}.`,
    'Download or export the file again.',
    cause,
  );
}
