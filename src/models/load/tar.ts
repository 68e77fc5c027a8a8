import { WEIGHTS_FILE, type CheckpointFolder } from './export';

/** Bytes of a header; contents are padded to a multiple of it. */
const BLOCK = 512;
/** Mode of a file that its owner writes and everybody reads. */
const MODE = 0o644;

/**
 * Yields a checkpoint's folder as a tar archive in the format ustar (POSIX.1-1988), with one tensor in memory at a time. Times are 0,
 * so that equal contents give equal bytes.
 * @param name of the folder, at most 155 ASCII characters
 */
export async function* tarOfFolder(
  name: string,
  { files, weights, weightsBytes }: CheckpointFolder,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (const [file, bytes] of files) {
    yield header(name, file, bytes.byteLength);
    yield bytes;
    yield padding(bytes.byteLength);
  }
  yield header(name, WEIGHTS_FILE, weightsBytes);
  yield* weights(signal);
  yield padding(weightsBytes);
  yield new Uint8Array(2 * BLOCK);
}

function padding(bytes: number): Uint8Array {
  return new Uint8Array((BLOCK - (bytes % BLOCK)) % BLOCK);
}

function header(folder: string, file: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const text = (at: number, value: string) => block.set(new TextEncoder().encode(value), at);
  const octal = (at: number, width: number, value: number) =>
    text(at, value.toString(8).padStart(width - 1, '0'));
  text(0, file);
  octal(100, 8, MODE);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, size);
  octal(136, 12, 0);
  // The checksum counts its own field as spaces.
  text(148, ' '.repeat(8));
  text(156, '0');
  text(257, 'ustar');
  text(263, '00');
  text(345, folder);
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
