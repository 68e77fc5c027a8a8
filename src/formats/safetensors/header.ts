import { LabError } from '../../base/errors';
import { quoted, shown } from '../../base/shown';
import { type Dtype, isDtype, rawTensorBytes } from '../dtypes';
import type { TensorPlace } from '../fileTensor';

/**
 * The header of safetensors (https://github.com/huggingface/safetensors, "Format"): a u64 length, then JSON padded with spaces; the
 * tensors' bytes follow, little-endian and without holes. The input is hostile until parsed.
 */

export interface SafetensorsHeader {
  metadata: Record<string, string>;
  /** In the order of the header. */
  tensors: Map<string, TensorPlace>;
  /** Everything before the first tensor: length field, header and padding. */
  headerBytes: number;
}

/** Bytes of the length field. */
export const LENGTH_BYTES = 8;

/** The reference reader's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = '__metadata__';

interface Placed extends TensorPlace {
  name: string;
}

/**
 * @param start the file's bytes up to the end of the header, as `headerEnd` says
 * @param fileBytes of the whole file
 * @throws LabError bad-file naming the tensor and the field that is wrong
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
  const tensors = new Map(placed.map(({ name, ...rest }) => [name, moved(rest, headerBytes)]));
  return { metadata, tensors, headerBytes };
}

/** The header counts from its end, the file from its beginning. */
function moved({ dtype, shape, begin, end }: TensorPlace, by: number): TensorPlace {
  return { dtype, shape, begin: begin + by, end: end + by };
}

/**
 * Where the header ends.
 * @param start at least the first LENGTH_BYTES of the file, or all of it
 * @throws LabError bad-file when the file is shorter
 */
export function headerEnd(start: Uint8Array, fileBytes: number): number {
  if (fileBytes < LENGTH_BYTES)
    throw badSafetensors(`it has ${fileBytes} bytes, fewer than the ${LENGTH_BYTES} of the header's length`);
  const view = new DataView(start.buffer, start.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER_BYTES)
    throw badSafetensors(`its header claims ${length} bytes, more than the ${MAX_HEADER_BYTES} allowed`);
  if (length > fileBytes - LENGTH_BYTES)
    throw badSafetensors(`its header claims ${length} bytes, but the file has only ${fileBytes} in all`);
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
    // The text begins with "{": what JSON.parse accepts is an object.
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
  if (!isDtype(dtype)) throw fail('dtype', `${shown(dtype)} is not known`);
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
      `tensor ${quoted(name)}: shape is too large or ends inside a byte (${dtype}[${shape.slice(0, 8).join(',')}])`,
      error,
    );
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

/** Bytes are used once and all of them: sorted by offset each tensor begins where the one before it ended. */
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

/** JSON.parse keeps the last of two equal names; the colons outside strings count all of them. */
function checkDuplicates(
  text: string,
  header: Record<string, unknown>,
  metadata: Record<string, string>,
  tensors: number,
): void {
  const fieldsPerTensor = 3;
  const names = Object.keys(header).length + Object.keys(metadata).length + fieldsPerTensor * tensors;
  const colons = countColons(text);
  if (colons !== names) throw badSafetensors('its header has a name twice');
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
