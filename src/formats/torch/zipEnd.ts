import type { ByteSource } from '../byteSource';
import { badTorch, unsupportedTorch } from './errors';
import { readExactly, viewOf } from './readExactly';

/** The location of the central directory of a zip archive, and its number of files. */
export interface ZipDirectory {
  offset: number;
  byteLength: number;
  entries: number;
}

/** Records at the end of an archive (PKWARE APPNOTE 6.3, sections 4.3.14 to 4.3.16). */
const END = { signature: 0x06054b50, bytes: 22 };
const LOCATOR = { signature: 0x07064b50, bytes: 20 };
const END64 = { signature: 0x06064b50, bytes: 56 };
const MAX_COMMENT_BYTES = 65535;

/** Values that mean that the field is in the zip64 record. */
const IN_ZIP64_16 = 0xffff;
export const IN_ZIP64_32 = 0xffffffff;

/**
 * Finds the central directory through the record at the end of the file.
 * @throws LabError bad-file; unsupported for split archives
 */
export async function findDirectory(source: ByteSource): Promise<ZipDirectory> {
  const tailBytes = Math.min(source.size, END.bytes + MAX_COMMENT_BYTES);
  const tailStart = source.size - tailBytes;
  const tail = viewOf(await readExactly(source, tailStart, tailBytes, 'the end of the zip archive'));
  const at = findEnd(tail);
  const narrow = readEnd(tail, at);
  const endOffset = tailStart + at;
  const needs64 =
    narrow.entries === IN_ZIP64_16 || narrow.byteLength === IN_ZIP64_32 || narrow.offset === IN_ZIP64_32;
  const directory = needs64 ? await readEnd64(source, endOffset) : narrow;
  if (directory.offset + directory.byteLength <= endOffset) return directory;
  throw badTorch(`its zip directory overlaps the record at its end, which begins at offset ${endOffset}`);
}

/** Returns the offset of the last end record whose comment ends exactly at the end of the file. */
function findEnd(tail: DataView): number {
  for (let at = tail.byteLength - END.bytes; at >= 0; at--) {
    const isEnd = tail.getUint32(at, true) === END.signature;
    if (isEnd && at + END.bytes + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  throw badTorch('its zip directory is missing, so the file is truncated or not a zip archive');
}

function readEnd(tail: DataView, at: number): ZipDirectory {
  const [disk, directoryDisk] = [tail.getUint16(at + 4, true), tail.getUint16(at + 6, true)];
  checkOneDisk([disk, directoryDisk].every((n) => n === 0 || n === IN_ZIP64_16));
  return {
    entries: tail.getUint16(at + 10, true),
    byteLength: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
}

async function readEnd64(source: ByteSource, endOffset: number): Promise<ZipDirectory> {
  const locatorOffset = endOffset - LOCATOR.bytes;
  if (locatorOffset < 0) throw badTorch('its zip directory needs a 64-bit record that is missing');
  const locator = viewOf(await readExactly(source, locatorOffset, LOCATOR.bytes, 'the 64-bit locator'));
  if (locator.getUint32(0, true) !== LOCATOR.signature)
    throw badTorch('its zip directory needs a 64-bit record that is missing');
  const offset = safeInteger(locator.getBigUint64(8, true), 'the offset of the 64-bit zip record');
  const end = viewOf(await readExactly(source, offset, END64.bytes, 'the 64-bit zip record'));
  if (end.getUint32(0, true) !== END64.signature) throw badTorch('its 64-bit zip record has no signature');
  checkOneDisk(end.getUint32(16, true) === 0 && end.getUint32(20, true) === 0);
  return {
    entries: safeInteger(end.getBigUint64(32, true), 'the number of files in its zip directory'),
    byteLength: safeInteger(end.getBigUint64(40, true), 'the length of its zip directory'),
    offset: safeInteger(end.getBigUint64(48, true), 'the offset of its zip directory'),
  };
}

function checkOneDisk(one: boolean): void {
  if (!one) throw unsupportedTorch('is a split zip archive', 'Join its parts first, or download it again.');
}

/** Reads a 64-bit integer as a number. @throws LabError bad-file above 2⁵³ − 1 */
export function safeInteger(value: bigint, what: string): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw badTorch(`${what} is ${value}, which is beyond the end of the file`);
}
