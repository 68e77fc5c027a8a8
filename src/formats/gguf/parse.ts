import { isPowerOfTwo } from '../../base/integers';
import { LabError } from '../../base/errors';
import type { BlockLayout } from './blockType';
import { layoutOfId, supportedTypesRemedy } from './blockTypes';
import { readRange, type ByteSource } from '../byteSource';
import { BeyondBytes, Cursor } from './cursor';
import { standInError } from '../standIn';
import { badGguf } from './errors';
import { quoted } from '../../base/shown';
import { readValue } from './readValue';
import type { GgufFile, GgufTensorInfo, GgufValue } from './types';

/** The characters "GGUF". */
const MAGIC = [0x47, 0x47, 0x55, 0x46];
const ALIGNMENT_KEY = 'general.alignment';
export const DEFAULT_ALIGNMENT = 32;

/** Limits of the GGUF specification. */
const MAX_KEY_BYTES = 65535;
const MAX_NAME_BYTES = 64;
const MAX_DIMS = 4;

/** Minimum sizes of a metadata entry (key length, one byte of key, type, one byte of value) and of a tensor entry, in bytes. */
const MIN_ENTRY_BYTES = 14;
const MIN_TENSOR_BYTES = 24;

/** Bytes of a file that are read first, and by what the number grows until they hold the header. */
const FIRST_BYTES = 1 << 20;
const GROWTH = 4;
/** Maximum size of a header: that of a vocabulary of a million tokens is a tenth of it. */
const MAX_HEADER_BYTES = 2 ** 29;

/**
 * Reads the header of a GGUF file of any size, whose tensors stay where they are: see `parseGguf`.
 * @throws LabError as `parseGguf`; limit for a header of more than 512 MiB; what the source throws
 */
export async function openGguf(source: ByteSource): Promise<GgufFile> {
  for (let length = Math.min(FIRST_BYTES, source.size); ;) {
    const bytes = await readRange(source, 0, length);
    try {
      return parseGguf(bytes, source.size);
    } catch (error) {
      if (!(error instanceof BeyondBytes)) throw error;
      if (error.end > MAX_HEADER_BYTES) throw headerTooLarge(error.end);
      length = Math.min(source.size, MAX_HEADER_BYTES, Math.max(error.end, GROWTH * length));
    }
  }
}

function headerTooLarge(end: number): LabError {
  return new LabError(
    'limit',
    `The header of the GGUF file has ${end} bytes or more; at most ${MAX_HEADER_BYTES} can be read.`,
    'Download or convert the model again. The file may be damaged.',
  );
}

/**
 * Parses the header of a GGUF file of version 2 or 3, which differ in nothing that is read. Tensor data is not read: see
 * `ggufTensorBytes`. Memory is bounded by the size of the header times a constant, whatever the file claims.
 * @param bytes the whole file, or its first bytes
 * @param size the size of the whole file in bytes
 * @throws LabError bad-file with the invalid field; unsupported for another version or an unknown tensor type; BeyondBytes if the
 *   header is longer than `bytes`
 */
export function parseGguf(bytes: Uint8Array, size = bytes.byteLength): GgufFile {
  const cursor = new Cursor(bytes, size);
  const version = readVersion(cursor, bytes, size);
  const tensorCount = cursor.count(MIN_TENSOR_BYTES, 'the number of tensors');
  const metadata = readMetadata(cursor);
  const alignment = alignmentOf(metadata);
  const tensors = readTensors(cursor, tensorCount, alignment);
  const dataStart = alignUp(cursor.at, alignment);
  checkTensorRanges(tensors, Math.max(0, size - dataStart));
  return { version, metadata, tensors, dataStart, alignment };
}

/** Returns `offset` rounded up to a multiple of `alignment`. */
export function alignUp(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}

function readVersion(cursor: Cursor, bytes: Uint8Array, size: number): 2 | 3 {
  // A file that ends within the characters is left to the cursor.
  const start = bytes.subarray(0, MAGIC.length);
  if (start.length === 0 || start.some((byte, i) => byte !== MAGIC[i]))
    throw standInError(bytes, size) ?? badGguf('it does not begin with "GGUF"');
  cursor.uint32('the magic number');
  const version = cursor.uint32('the version');
  if (version === 2 || version === 3) return version;
  if (version !== 0 && (version & 0xffff) === 0)
    throw unsupported('is big-endian', 'Convert the model to a little-endian GGUF file.');
  throw unsupported(
    `has GGUF version ${version}, but only versions 2 and 3 can be read`,
    'Convert the model again with a current llama.cpp.',
  );
}

function unsupported(what: string, remedy: string): LabError {
  return new LabError('unsupported', `The file ${what}.`, remedy);
}

function readMetadata(cursor: Cursor): Map<string, GgufValue> {
  const count = cursor.count(MIN_ENTRY_BYTES, 'the number of metadata entries');
  const budget = { nestedArrays: 0 };
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = cursor.string(`the key of metadata entry ${i}`, MAX_KEY_BYTES);
    if (key === '') throw badGguf(`the key of metadata entry ${i} is empty`);
    if (metadata.has(key)) throw badGguf(`metadata ${quoted(key)} occurs twice`);
    metadata.set(key, readValue(cursor, `metadata ${quoted(key)}`, budget));
  }
  return metadata;
}

function alignmentOf(metadata: ReadonlyMap<string, GgufValue>): number {
  const entry = metadata.get(ALIGNMENT_KEY);
  if (!entry) return DEFAULT_ALIGNMENT;
  if (entry.type !== 'uint32')
    throw badGguf(`metadata ${quoted(ALIGNMENT_KEY)} has type ${entry.type}, not uint32`);
  if (isPowerOfTwo(entry.value)) return entry.value;
  throw badGguf(`metadata ${quoted(ALIGNMENT_KEY)} is ${entry.value}, which is not a power of two`);
}

function readTensors(cursor: Cursor, count: number, alignment: number): GgufTensorInfo[] {
  const tensors: GgufTensorInfo[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const tensor = readTensor(cursor, i, alignment);
    if (names.has(tensor.name)) throw badGguf(`tensor ${quoted(tensor.name)} occurs twice`);
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

function readTensor(cursor: Cursor, index: number, alignment: number): GgufTensorInfo {
  const name = cursor.string(`the name of tensor ${index}`, MAX_NAME_BYTES);
  const label = `tensor ${quoted(name)}`;
  const dims = readDims(cursor, label);
  const layout = readLayout(cursor, label);
  const byteLength = sizeOf(dims, layout, label);
  const offset = cursor.length(`the offset of ${label}`);
  if (!Number.isSafeInteger(offset))
    throw badGguf(`${label}: its offset ${offset} is beyond the end of the file`);
  if (offset % alignment !== 0)
    throw badGguf(`${label}: its offset ${offset} is not a multiple of the alignment, ${alignment}`);
  return { name, dims, type: layout.name, offset, byteLength };
}

function readDims(cursor: Cursor, label: string): number[] {
  const count = cursor.uint32(`the number of dimensions of ${label}`);
  if (count > MAX_DIMS) throw badGguf(`${label} has ${count} dimensions; at most ${MAX_DIMS} are allowed`);
  return Array.from({ length: count }, () => cursor.length(`the dimensions of ${label}`));
}

function readLayout(cursor: Cursor, label: string): BlockLayout {
  const id = cursor.uint32(`the type of ${label}`);
  const layout = layoutOfId(id);
  if (layout) return layout;
  throw unsupported(`cannot be read: ${label} has the unknown type ${id}`, supportedTypesRemedy());
}

function sizeOf(dims: readonly number[], layout: BlockLayout, label: string): number {
  const byteLength = tensorByteLength(dims, layout);
  if (byteLength !== undefined) return byteLength;
  const row = dims[0] ?? 1;
  if (Number.isSafeInteger(row) && row % layout.blockSize !== 0)
    throw badGguf(
      `${label}: its row length ${row} is not a multiple of the block size of ${layout.name}, ${layout.blockSize}`,
    );
  throw badGguf(`${label}: its dimensions ${dims.join(' × ')} are too large`);
}

/** Returns the size of a tensor in bytes, or undefined if a row ends inside a block or the size exceeds 2⁵³. */
export function tensorByteLength(dims: readonly number[], layout: BlockLayout): number | undefined {
  const row = dims[0] ?? 1;
  if (!dims.every(Number.isSafeInteger) || row % layout.blockSize !== 0) return undefined;
  if (dims.includes(0)) return 0;
  const values = dims.reduce((product, n) => product * n, 1);
  const bytes = (values / layout.blockSize) * layout.blockBytes;
  return Math.max(values, bytes) <= Number.MAX_SAFE_INTEGER ? bytes : undefined;
}

/** Checks that every tensor lies inside the tensor data and that none overlap. */
function checkTensorRanges(tensors: readonly GgufTensorInfo[], dataBytes: number): void {
  let end = 0;
  let previous = '';
  for (const { name, offset, byteLength } of [...tensors].sort(byOffset)) {
    if (byteLength > 0 && offset < end)
      throw badGguf(`tensor ${quoted(name)}: its offset ${offset} lies inside tensor ${quoted(previous)}`);
    if (byteLength > 0 && offset + byteLength > dataBytes)
      throw badGguf(
        `tensor ${quoted(name)}: its ${byteLength} bytes from offset ${offset} do not fit the ${dataBytes} bytes of tensor data`,
      );
    if (offset + byteLength <= end) continue;
    end = offset + byteLength;
    previous = name;
  }
}

function byOffset(a: GgufTensorInfo, b: GgufTensorInfo): number {
  return a.offset - b.offset || a.byteLength - b.byteLength;
}
