import type { ByteSource } from '../byteSource';
import { fileChunks } from '../chunks';
import { crc32 } from './crc32';
import { badTorch } from './errors';
import { quoted } from '../../base/shown';
import type { StoragePlace } from './types';

/**
 * Compares a part of the file with the checksum written beside it, where there is one.
 * @throws LabError bad-file
 */
export function checkSum(place: StoragePlace, bytes: Uint8Array): void {
  compare(place, crc32(bytes));
}

/**
 * The same for a part of any size, some bytes at a time.
 * @throws LabError bad-file, and what the source throws; Cancelled
 */
export async function checkSumOf(
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
    throw badTorch(`the checksum of ${quoted(name)} in its archive is wrong, so the file is damaged`);
}
