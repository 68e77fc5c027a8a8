import { LabError, throwIfAborted } from '../../base/errors';
import { NeedMoreBytes } from './cursor';
import { parseHeader } from './parse';
import type { GgufFile, GgufSource } from './types';

/** Enough for the header of a model with a small vocabulary. */
const FIRST_READ_BYTES = 1 << 20;

/**
 * The header of a file that is read in parts, such as a large file on disk; tensor data is not read. Reads at most about twice the header.
 * @throws LabError as parseGguf; Cancelled once `signal` is aborted
 */
export async function openGguf(source: GgufSource, signal?: AbortSignal): Promise<GgufFile> {
  let length = Math.min(FIRST_READ_BYTES, source.size);
  for (;;) {
    throwIfAborted(signal);
    const bytes = await source.read(0, length);
    if (bytes.byteLength !== length) throw cutShort(length, bytes.byteLength);
    try {
      return parseHeader(bytes, source.size);
    } catch (error) {
      if (!(error instanceof NeedMoreBytes)) throw error;
      length = Math.min(source.size, Math.max(error.needed, 2 * length));
    }
  }
}

/** A source that gives less than it said it has would otherwise be asked forever. */
function cutShort(asked: number, got: number): LabError {
  return new LabError(
    'bad-file',
    `Only ${got} of the first ${asked} bytes of the GGUF file could be read.`,
    'Download the file again, or open it again if it changed meanwhile.',
  );
}

/** A Blob or File as a source. */
export function blobSource(blob: Blob): GgufSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}
