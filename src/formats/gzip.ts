import { Cancelled, LabError, throwIfAborted } from '../base/errors';

/** Gzip (RFC 1952) through the platform's DecompressionStream, bounded: a small file can unfold into gigabytes. */

/** Whether these bytes begin as a gzip member does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * @param name what an error calls the file
 * @param limit the most bytes it may unfold into
 * @throws LabError bad-file when it is damaged or unfolds into more; Cancelled
 */
export async function gunzip(
  name: string,
  bytes: Uint8Array,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  // A copy of its own: a stream wants bytes that are nobody's view.
  const source = new Blob([bytes.slice()]).stream();
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      if (signal?.aborted) throw new Cancelled();
      length += next.value.length;
      if (length > limit) throw bad(name, `it unfolds into more than ${limit} bytes`);
      chunks.push(next.value);
    }
  } catch (error) {
    void reader.cancel().catch(() => undefined);
    if (error instanceof LabError || error instanceof Cancelled) throw error;
    throw bad(name, 'it is damaged or cut off', error);
  }
  return joined(chunks, length);
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function bad(name: string, why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `${name} cannot be read as gzip: ${why}.`,
    'Download the file again, or unpack it first.',
    cause,
  );
}
