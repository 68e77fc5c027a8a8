import { LabError } from '../../base/errors';
import { fileChunks, readRange, type ByteSource } from '../../formats/byteSource';

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export const encoder = new TextEncoder();
const WINDOW_BYTES = 1 << 20;
/** Text is taken apart in pieces of this size, since the rows of a piece take several times its bytes if they are short. */
const PIECE_BYTES = 1 << 19;

/** Reads a file in pieces of at most 512 KiB. @throws LabError bad-file if it becomes shorter; Cancelled */
export async function* textPieces(source: ByteSource, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of fileChunks(source, 0, source.size, signal))
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
}

/** Decodes UTF-8. @throws LabError bad-file naming the file and the line */
export function decoded(bytes: Uint8Array, name: string, line: number): string {
  try {
    return DECODER.decode(bytes);
  } catch (error) {
    throw brokenLine(name, line, 'is not UTF-8', 'Convert the file to UTF-8.', error);
  }
}

/** Returns the error about a line that cannot be read. */
export function brokenLine(
  name: string,
  line: number,
  problem: string,
  remedy = 'Correct or delete this line.',
  cause?: unknown,
): LabError {
  return new LabError('bad-file', `Line ${line} of ${name} ${problem}.`, remedy, cause);
}

/** Reads short ranges of a source through a window of 1 MiB, so that rows in order cost few reads. */
export class RangeReader {
  private window: Uint8Array = new Uint8Array();
  private begin = 0;

  constructor(private readonly source: ByteSource) {}

  async read(at: number, length: number): Promise<Uint8Array> {
    if (at < this.begin || at + length > this.begin + this.window.length) {
      const wanted = Math.max(length, Math.min(WINDOW_BYTES, this.source.size - at));
      this.window = await readRange(this.source, at, wanted);
      this.begin = at;
    }
    return this.window.subarray(at - this.begin, at - this.begin + length);
  }
}
