import { throwIfAborted } from '../base/errors';
import type { ByteSource } from './byteSource';
import { readRange } from './fileTensor';

/** Few enough bytes to have beside anything else, enough for a disk. */
const CHUNK_BYTES = 4 << 20;

/**
 * The bytes of a file from `begin` to `end`, some at a time.
 * @throws LabError bad-file when there are fewer; Cancelled
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
