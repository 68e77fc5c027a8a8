import { throwIfAborted } from '../base/errors';
import type { ByteSource } from './byteSource';
import { readRange } from './fileTensor';

/** The size of a chunk in bytes: small beside anything else in memory, large enough for efficient disk reads. */
const CHUNK_BYTES = 4 << 20;

/**
 * Reads the bytes of a file from `begin` to `end` in chunks of at most 4 MiB.
 * @throws LabError bad-file if the file ends before `end`; Cancelled
 */
export async function* fileChunks(
  source: ByteSource,
  begin = 0,
  end = source.size,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = begin; at < end; at += CHUNK_BYTES) {
    throwIfAborted(signal);
    yield await readRange(source, at, Math.min(CHUNK_BYTES, end - at));
  }
}
