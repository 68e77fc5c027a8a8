import { crc32 } from './crc32';
import { badFile, quote } from './errors';
import type { StoragePlace } from './types';

/**
 * Compares a part of the file with the checksum written beside it, where there is one.
 * @throws LabError bad-file
 */
export function checkSum({ name, crc32: expected }: StoragePlace, bytes: Uint8Array): void {
  if (expected !== undefined && crc32(bytes) !== expected)
    throw badFile(`the checksum of ${quote(name)} in its archive is wrong, so the file is damaged`);
}
