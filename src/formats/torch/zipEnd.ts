import type { ByteSource } from '../byteSource';
import { badTorch, unsupportedTorch } from './errors';
import { readExactly, viewOf } from './readExactly';

/** Where the directory of a zip archive lies. */
export interface ZipDirectory {
  offset: number;
  byteLength: number;
  entries: number;
}

/** Records at the end of an archive: PKWARE APPNOTE 6.3, sections 4.3.14 to 4.3.16. */
const END = { signature: 0x06054b50, bytes: 22 };
const LOCATOR = { signature: 0x07064b50, bytes: 20 };
const END64 = { signature: 0x06064b50, bytes: 56 };
const MAX_COMMENT_BYTES = 65535;

/** Values that say: the field is in the 64-bit record. */
const IN_ZIP64_16 = 0xffff;
export const IN_ZIP64_32 = 0xffffffff;

/**
 * Finds the directory through the record at the end of the file.
 * @throws LabError bad-file, or unsupported for archives over several files
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
  throw badTorch(`its zip directory ends behind offset ${endOffset}, where the record at its end begins`);
}

/** From the end backwards: the first record whose comment ends with the file. */
function findEnd(tail: DataView): number {
  for (let at = tail.byteLength - END.bytes; at >= 0; at--) {
    const isEnd = tail.getUint32(at, true) === END.signature;
    if (isEnd && at + END.bytes + tail.getUint16(at + 20, true) === tail.byteLength) return at;
  }
  throw badTorch('its zip directory is missing, so the file is cut off or no zip archive');
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
  const offset = safe(locator.getBigUint64(8, true), 'the offset of the 64-bit zip record');
  const end = viewOf(await readExactly(source, offset, END64.bytes, 'the 64-bit zip record'));
  if (end.getUint32(0, true) !== END64.signature) throw badTorch('its 64-bit zip record has no signature');
  checkOneDisk(end.getUint32(16, true) === 0 && end.getUint32(20, true) === 0);
  return {
    entries: safe(end.getBigUint64(32, true), 'the number of files in its zip directory'),
    byteLength: safe(end.getBigUint64(40, true), 'the length of its zip directory'),
    offset: safe(end.getBigUint64(48, true), 'the offset of its zip directory'),
  };
}

function checkOneDisk(one: boolean): void {
  if (!one)
    throw unsupportedTorch(
      'is a zip archive over several files',
      'Join the parts first, or download it again.',
    );
}

/** A 64-bit number that counts something that exists. */
export function safe(value: bigint, what: string): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  throw badTorch(`${what} is ${value}, which lies behind any file`);
}
