import { bfloat16sToFloats, halvesToFloats } from '../base/float16';
import { LabError } from '../base/errors';
import { type Dtype, isDtype, type StoredTensor, tensorBytes } from './dtypes';

export type { Dtype, StoredTensor, TensorLayout } from './dtypes';
export * from './safetensorsWriter';

/**
 * Reader and writer of safetensors (https://github.com/huggingface/safetensors, "Format"): a u64 header length, a JSON header
 * padded with spaces, then the tensors' bytes, little-endian and without holes. The input is hostile until parsed.
 */

export interface SafetensorsFile {
  metadata: Record<string, string>;
  /** In the order of the header. */
  tensors: Map<string, StoredTensor>;
  /** Everything before the first tensor: length field, header and padding. */
  headerBytes: number;
}

/** The reference reader's own limit. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

/**
 * @param bytes the whole file
 * @throws LabError bad-file naming the tensor and the field that is wrong
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const headerBytes = LENGTH_BYTES + headerLength(bytes);
  const text = decodeHeader(bytes.subarray(LENGTH_BYTES, headerBytes));
  const header = parseObject(text);
  const data = bytes.subarray(headerBytes);
  const metadata = parseMetadata(header[METADATA]);
  const placed = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => parseEntry(name, entry));
  checkDuplicates(text, header, metadata, placed.length);
  checkPacking(placed, data.byteLength);
  const tensors = new Map(placed.map(({ name, ...rest }) => [name, stored(rest, data)]));
  return { metadata, tensors, headerBytes };
}

interface Placed {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function stored({ dtype, shape, begin, end }: Omit<Placed, 'name'>, data: Uint8Array): StoredTensor {
  return { dtype, shape, bytes: data.subarray(begin, end) };
}

function headerLength(bytes: Uint8Array): number {
  if (bytes.byteLength < LENGTH_BYTES)
    throw bad(`it has ${bytes.byteLength} bytes, fewer than the ${LENGTH_BYTES} of the header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > MAX_HEADER_BYTES)
    throw bad(`its header claims ${length} bytes, more than the ${MAX_HEADER_BYTES} allowed`);
  if (length > bytes.byteLength - LENGTH_BYTES)
    throw bad(`its header claims ${length} bytes, but the file has only ${bytes.byteLength} in all`);
  return length;
}

function decodeHeader(bytes: Uint8Array): string {
  if (bytes[0] !== 0x7b) throw bad('its header does not begin with "{"');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw bad('its header is not UTF-8', error);
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    // The text begins with "{": what JSON.parse accepts is an object.
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    throw bad('its header is not JSON', error);
  }
}

function parseMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isPlainObject(value)) throw bad(`the header's ${METADATA} is not an object`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== 'string') throw bad(`the header's ${METADATA} entry ${quote(key)} is not a string`);
  return value as Record<string, string>;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseEntry(name: string, entry: unknown): Placed {
  const fail = (field: string, why: string) => bad(`tensor ${quote(name)}: ${field} ${why}`);
  if (!isPlainObject(entry)) throw fail('the entry', 'is not an object');
  const { dtype, shape, data_offsets: offsets, ...others } = entry;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined) throw fail(`field ${quote(unknown)}`, 'is not part of the format');
  if (!isDtype(dtype)) throw fail('dtype', `${quote(String(dtype))} is not known`);
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
    return tensorBytes(dtype, shape);
  } catch (error) {
    throw bad(
      `tensor ${quote(name)}: shape is too large or ends inside a byte (${String(dtype)}[${shape.slice(0, 8)}])`,
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
      throw bad(
        `tensor ${quote(name)}: data_offsets end at ${end}, but the file has ${dataBytes} data bytes`,
      );
    if (begin < at) throw bad(`tensor ${quote(name)}: data_offsets overlap another tensor's bytes`);
    if (begin > at)
      throw bad(`tensor ${quote(name)}: data_offsets leave ${begin - at} bytes before it unused`);
    at = end;
  }
  if (at !== dataBytes) throw bad(`${dataBytes - at} bytes at its end belong to no tensor`);
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
  if (colons !== names) throw bad('its header has a name twice');
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

/** Names come from the file: escaped and cut to a length a sentence can carry. */
function quote(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}

function bad(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid safetensors file: ${why}.`,
    'Download or export the file again.',
    cause,
  );
}

/**
 * Values as float32, row-major. An aligned F32 tensor is a view into the file: copy it before changing it.
 * F64 rounds to nearest, to infinity beyond the range.
 * @throws LabError unsupported for a type that is no float
 */
export function toFloat32({ dtype, shape, bytes }: StoredTensor): Float32Array {
  switch (dtype) {
    case 'F32': {
      const { buffer, byteOffset, byteLength } = aligned(bytes, 4);
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    }
    case 'F16':
      return halvesToFloats(words16(bytes));
    case 'BF16':
      return bfloat16sToFloats(words16(bytes));
    case 'F64': {
      const { buffer, byteOffset, byteLength } = aligned(bytes, 8);
      return Float32Array.from(new Float64Array(buffer, byteOffset, byteLength / 8));
    }
    default:
      throw new LabError(
        'unsupported',
        `A tensor of type ${dtype} and shape [${shape.join(', ')}] cannot be read as float32.`,
        'Use a checkpoint in float32, float16 or bfloat16.',
      );
  }
}

function words16(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, byteLength } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}
