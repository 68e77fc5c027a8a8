import type { StreamHash } from '../base/checksum';
import { LabError, throwIfAborted } from '../base/errors';

/** A random-access source of bytes that need not be in memory: a file on disk, a file in the browser's storage, or an array. */
export interface ByteSource {
  /** The size of the source in bytes. */
  size: number;
  /** True if the caller may change the bytes it reads; otherwise they may be a view of shared bytes. */
  owned?: true;
  /** Makes a hash of the platform that is faster than the portable one. */
  nativeHash?: () => StreamHash;
  /** Reads `length` bytes from `offset`; fewer if the source ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Returns a source over an array in memory; reads return views into it. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/**
 * Reads exactly `length` bytes from `offset`.
 * @throws LabError bad-file if the source ends before
 */
export async function readRange(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.byteLength === length) return bytes;
  throw new LabError(
    'bad-file',
    `Only ${bytes.byteLength} of ${length} bytes could be read from offset ${offset} of the file.`,
    'Do not change the file while it is read. If it did not change, download it again.',
  );
}

/** The size of a chunk in bytes: small compared with a model, but large enough for efficient reads. */
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
