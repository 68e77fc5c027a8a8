import type { ByteSource } from '../byteSource';
import { badTorch } from './errors';

/**
 * Reads exactly `length` bytes from `offset`. Both come from the file itself, so they are checked before the source is read.
 * @param what names the part in an error
 * @throws LabError bad-file if the file ends before
 */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  if (!Number.isSafeInteger(offset + length) || offset + length > source.size)
    throw badTorch(
      `${what} needs ${length} bytes from offset ${offset}, but the file has only ${source.size}`,
    );
  const bytes = await source.read(offset, length);
  if (bytes.byteLength === length) return bytes;
  throw badTorch(`only ${bytes.byteLength} of the ${length} bytes of ${what} could be read`);
}

/** Returns a DataView of the bytes. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
