import type { ByteSource } from '../byteSource';
import { badTorch } from './errors';

/**
 * `length` bytes from `offset`, both from the file itself: nothing is asked of the source that it does not have.
 * @param what names the part in the sentence of a refusal
 * @throws LabError bad-file
 */
export async function readExactly(
  source: ByteSource,
  offset: number,
  length: number,
  what: string,
): Promise<Uint8Array> {
  if (!Number.isSafeInteger(offset + length) || offset + length > source.size)
    throw badTorch(`${what} needs ${length} bytes from offset ${offset}, but the file has ${source.size}`);
  const bytes = await source.read(offset, length);
  if (bytes.byteLength === length) return bytes;
  throw badTorch(`only ${bytes.byteLength} of the ${length} bytes of ${what} could be read`);
}

/** A little-endian view over the bytes. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
