import { throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { badTorch, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import { readExactly, viewOf } from './readExactly';
import { findDirectory, IN_ZIP64_32, safe, type ZipDirectory } from './zipEnd';

/** A file in a zip archive whose bytes are stored as they are. */
export interface ZipEntry {
  name: string;
  /** Where its bytes begin in the archive. */
  begin: number;
  byteLength: number;
  crc32: number;
  /** How it is packed; 0: not at all. */
  method: number;
}

/** Sections 4.3.7 and 4.3.12 of PKWARE's APPNOTE 6.3. */
const LOCAL = { signature: 0x04034b50, bytes: 30 };
const CENTRAL = { signature: 0x02014b50, bytes: 46 };
const ZIP64_EXTRA = 1;
const ENCRYPTED = 1;

interface Placed extends ZipEntry {
  /** Of the header before its bytes. */
  header: number;
  /** Bytes it takes in the archive: fewer than it has where it is compressed. */
  packed: number;
  rawName: Uint8Array;
}

/**
 * The directory of a zip archive, 64-bit archives included: every file lies inside the archive, overlaps no other and is there once.
 * What it allocates is bounded by the directory's bytes times a constant.
 * @throws LabError bad-file naming the file, unsupported for encrypted archives and such over several files; Cancelled
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
      throw badTorch(`${quoted(entry.name)} ends at ${end}, inside the zip directory`);
  }
  return byName(placed);
}

function byName(placed: readonly Placed[]): Map<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  for (const { name, begin, byteLength, crc32, method } of placed) {
    if (entries.has(name)) throw badTorch(`${quoted(name)} is twice in the zip archive`);
    entries.set(name, { name, begin, byteLength, crc32, method });
  }
  return entries;
}

function readEntries(bytes: Uint8Array, { entries }: ZipDirectory): Placed[] {
  if (entries * CENTRAL.bytes > bytes.byteLength)
    throw badTorch(`its zip directory claims ${entries} files, more than its ${bytes.byteLength} bytes hold`);
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
  if (at + CENTRAL.bytes > bytes.byteLength) throw badTorch(`${what} is cut off`);
  const view = viewOf(bytes.subarray(at));
  if (view.getUint32(0, true) !== CENTRAL.signature) throw badTorch(`${what} has no signature`);
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.getUint16(field, true));
  const extraStart = at + CENTRAL.bytes + nameBytes;
  const next = extraStart + extraBytes + commentBytes;
  if (next > bytes.byteLength) throw badTorch(`${what} is cut off`);
  const rawName = bytes.subarray(at + CENTRAL.bytes, extraStart);
  const name = new TextDecoder().decode(rawName);
  const sizes = readSizes(view, bytes.subarray(extraStart, extraStart + extraBytes), name);
  checkPacking(view, sizes, name);
  const [method, crc32] = [view.getUint16(10, true), view.getUint32(16, true)];
  return { entry: { name, rawName, method, crc32, ...sizes, begin: 0 }, next };
}

function checkPacking(view: DataView, { packed, byteLength }: Sizes, name: string): void {
  if (view.getUint16(8, true) & ENCRYPTED)
    throw unsupportedTorch('is encrypted', 'Unpack it with its password first.');
  if (view.getUint16(10, true) === 0 && packed !== byteLength)
    throw badTorch(`${quoted(name)} is stored in ${packed} bytes, but has ${byteLength}`);
}

interface Sizes {
  byteLength: number;
  packed: number;
  header: number;
}

/** Sizes and place, from the 64-bit extra field where the directory's own field says so. */
function readSizes(view: DataView, extra: Uint8Array, name: string): Sizes {
  const narrow = [24, 20, 42].map((field) => view.getUint32(field, true));
  const wide = zip64Field(extra);
  let at = 0;
  const [byteLength, packed, header] = narrow.map((value) => {
    if (value !== IN_ZIP64_32) return value;
    if (!wide || at + 8 > wide.byteLength) throw badTorch(`${quoted(name)} lacks its 64-bit sizes`);
    at += 8;
    return safe(wide.getBigUint64(at - 8, true), `a size of ${quoted(name)}`);
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

/** The header before a file's bytes repeats its name; its extra field, which torch pads with, has a length of its own. */
async function dataStart(source: ByteSource, { header, name, rawName }: Placed): Promise<number> {
  const what = `the zip header of ${quoted(name)}`;
  const bytes = await readExactly(source, header, LOCAL.bytes + rawName.byteLength, what);
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== LOCAL.signature) throw badTorch(`${what} has no signature`);
  const local = bytes.subarray(LOCAL.bytes);
  const same = view.getUint16(26, true) === local.byteLength && rawName.every((byte, i) => byte === local[i]);
  if (!same) throw badTorch(`${what} is that of another file`);
  return header + LOCAL.bytes + local.byteLength + view.getUint16(28, true);
}
