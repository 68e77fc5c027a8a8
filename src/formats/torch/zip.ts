import { throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { badTorch, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import { readExactly, viewOf } from './readExactly';
import { findDirectory, IN_ZIP64_32, safeInteger, type ZipDirectory } from './zipEnd';

/** A file in a zip archive. */
export interface ZipEntry {
  name: string;
  /** Byte offset of its data in the archive. */
  begin: number;
  byteLength: number;
  crc32: number;
  /** The compression method; 0 means stored uncompressed. */
  method: number;
}

/** Sections 4.3.7 and 4.3.12 of PKWARE's APPNOTE 6.3. */
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const ZIP64_EXTRA = 1;
const ENCRYPTED = 1;

interface Placed extends ZipEntry {
  /** Byte offset of its local file header. */
  header: number;
  /** Its compressed size in bytes. */
  packed: number;
  rawName: Uint8Array;
}

/**
 * Reads the central directory of a zip or zip64 archive. It checks that every file lies inside the archive, overlaps no
 * other and has a unique name. Memory is bounded by the size of the directory times a constant.
 * @throws LabError bad-file with the file's name; unsupported for encrypted or split archives; Cancelled
 */
export async function readZip(
  source: ByteSource,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const directory = await findDirectory(source);
  const bytes = await readExactly(source, directory.offset, directory.byteLength, 'the zip directory');
  const placed = readEntries(bytes, directory);
  let end = 0;
  for (const entry of [...placed].sort((a, b) => a.header - b.header)) {
    throwIfAborted(signal);
    if (entry.header < end) throw badTorch(`${quoted(entry.name)} overlaps another file of the zip archive`);
    entry.begin = await dataStart(source, entry);
    end = entry.begin + entry.packed;
    if (end > directory.offset)
      throw badTorch(`${quoted(entry.name)} ends at offset ${end}, inside the zip directory`);
  }
  return byName(placed);
}

function byName(placed: readonly Placed[]): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  for (const { name, begin, byteLength, crc32, method } of placed) {
    if (entries.has(name)) throw badTorch(`${quoted(name)} occurs twice in the zip archive`);
    entries.set(name, { name, begin, byteLength, crc32, method });
  }
  return entries;
}

function readEntries(bytes: Uint8Array, { entries }: ZipDirectory): Placed[] {
  if (entries * CENTRAL.bytes > bytes.byteLength)
    throw badTorch(
      `its zip directory claims ${entries} files, more than its ${bytes.byteLength} bytes can hold`,
    );
  const placed: Placed[] = [];
  for (let i = 0, at = 0; i < entries; i++) {
    const { entry, next } = readEntry(bytes, at, i);
    placed.push(entry);
    at = next;
  }
  return placed;
}

function readEntry(bytes: Uint8Array, at: number, index: number): { entry: Placed; next: number } {
  const what = `entry ${index} of its zip directory`;
  if (at + CENTRAL.bytes > bytes.byteLength) throw badTorch(`${what} is truncated`);
  const view = viewOf(bytes.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL.signature) throw badTorch(`${what} has no signature`);
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(field, true));
  const extraStart = at + CENTRAL.bytes + nameBytes;
  const next = extraStart + extraBytes + commentBytes;
  if (next > bytes.byteLength) throw badTorch(`${what} is truncated`);
  const rawName = bytes.subarray(at + CENTRAL.bytes, extraStart);
  const name = new TextDecoder().decode(rawName);
  const sizes = readSizes(view, bytes.subarray(extraStart, extraStart + extraBytes), name);
  checkPacking(view, sizes, name);
  const [method, crc32] = [view.getUint16(10, true), view.getUint32(16, true)];
  return { entry: { name, rawName, method, crc32, ...sizes, begin: 0 }, next };
}

function checkPacking(view: DataView, { packed, byteLength }: Sizes, name: string): void {
  if (view.getUint16(8, true) & ENCRYPTED)
    throw unsupportedTorch('is encrypted', 'Extract it with its password first.');
  if (view.getUint16(10, true) === 0 && packed !== byteLength)
    throw badTorch(
      `${quoted(name)} is stored uncompressed in ${packed} bytes, but its size is ${byteLength}`,
    );
}

interface Sizes {
  byteLength: number;
  packed: number;
  header: number;
}

/** Returns the sizes and offset of an entry; those that the directory marks are in its zip64 extra field. */
function readSizes(view: DataView, extra: Uint8Array, name: string): Sizes {
  const narrow = [24, 20, 42].map((field) => view.getUint32(field, true));
  const wide = zip64Field(extra);
  let at = 0;
  const [byteLength, packed, header] = narrow.map((value) => {
    if (value !== IN_ZIP64_32) return value;
    if (!wide || at + 8 > wide.byteLength) throw badTorch(`the 64-bit sizes of ${quoted(name)} are missing`);
    at += 8;
    return safeInteger(wide.getBigUint64(at - 8, true), `a size of ${quoted(name)}`);
  });
  return { byteLength, packed, header };
}

function zip64Field(extra: Uint8Array): DataView | undefined {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.byteLength;) {
    const begin = at + 4;
    const end = begin + view.getUint16(at + 2, true);
    if (end > extra.byteLength) return undefined;
    if (view.getUint16(at, true) === ZIP64_EXTRA) return viewOf(extra.subarray(begin, end));
    at = end;
  }
  return undefined;
}

/**
 * Returns the byte offset of a file's data. Its local header must repeat its name; the extra field there, PyTorch's
 * padding, has its own length.
 */
async function dataStart(source: ByteSource, { header, name, rawName }: Placed): Promise<number> {
  const what = `the zip header of ${quoted(name)}`;
  const bytes = await readExactly(source, header, LOCAL.bytes + rawName.byteLength, what);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== LOCAL.signature) throw badTorch(`${what} has no signature`);
  const local = bytes.subarray(LOCAL.bytes);
  const same = view.getUint16(26, true) === local.byteLength && rawName.every((byte, i) => byte === local[i]);
  if (!same) throw badTorch(`${what} belongs to another file`);
  return header + LOCAL.bytes + local.byteLength + view.getUint16(28, true);
}
