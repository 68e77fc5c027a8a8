import { fileChunks, type ByteSource } from '../byteSource';
import { crc32 } from './crc32';
import { badTorch } from './errors';
import { quoted } from '../../base/shown';
import type { StoragePlace } from './types';

/**
 * Compares the bytes of a storage with its CRC-32 in the archive, if it has one.
 * @throws LabError bad-file if they differ
 */
export function verifyChecksum(place: StoragePlace, bytes: Uint8Array): void {
  compare(place, crc32(bytes));
}

/**
 * Reads a storage of any size in chunks and compares its bytes with its CRC-32 in the archive, if it has one.
 * @throws LabError bad-file if they differ, and what the source throws; Cancelled
 */
export async function verifyStoredChecksum(
  source: ByteSource,
  place: StoragePlace,
  signal?: AbortSignal,
): Promise<void> {
  if (place.crc32 === undefined) return;
  let sum = 0;
  for await (const chunk of fileChunks(source, place.begin, place.begin + place.byteLength, signal))
    sum = crc32(chunk, sum);
  compare(place, sum);
}

function compare({ name, crc32: expected }: StoragePlace, sum: number): void {
  if (expected !== undefined && sum !== expected)
    throw badTorch(`the checksum of ${quoted(name)} in its archive does not match, so the file is damaged`);
}
