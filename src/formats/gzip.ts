import { concatenate } from '../base/concatenate';
import { Cancelled, LabError, throwIfAborted } from '../base/errors';

/**
 * Gzip (RFC 1952) through the platform's DecompressionStream, with a limit because a small file can decompress to
 * gigabytes.
 */

/** Returns whether the bytes begin with the magic number of gzip. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Decompresses a gzip file.
 * @param name the name of the file in errors
 * @param limit the maximum number of decompressed bytes
 * @throws LabError bad-file if the file is damaged or decompresses to more than `limit` bytes; Cancelled
 */
export async function gunzip(
  name: string,
  bytes: Uint8Array,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  // A Blob does not take views of a SharedArrayBuffer, which `bytes` may be.
  const source = new Blob([bytes.slice()]).stream();
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (signal?.aborted) throw new Cancelled();
      length += next.value.length;
      if (length > limit) throw bad(name, `it decompresses to more than ${limit} bytes`);
      chunks.push(next.value);
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    if (error instanceof LabError || error instanceof Cancelled) throw error;
    throw bad(name, 'it is damaged or truncated', error);
  }
  return concatenate(Uint8Array, chunks);
}

function bad(name: string, why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `${name} cannot be read as gzip: ${why}.`,
    'Download the file again, or decompress it first.',
    cause,
  );
}
