import { open, stat, type FileHandle } from 'node:fs/promises';
import { LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';

/** Node reads less than 2 GiB at once. */
const MOST = 1 << 30;

/**
 * A file on disk, to be read in parts. It is opened for each part and closed after it, so nobody has to close it at the end; a file
 * that changes in between is refused, since its parts would be of two files.
 * @throws LabError bad-input with the path and the system's reason, from here and from reading
 */
export async function openLocal(path: string): Promise<ByteSource> {
  const { size, mtimeMs } = await guarded(path, () => stat(path));
  const read = async (handle: FileHandle, offset: number, length: number) => {
    const now = await handle.stat();
    if (now.size !== size || now.mtimeMs !== mtimeMs) throw changed(path);
    return readAt(handle, offset, Math.min(length, Math.max(0, size - offset)));
  };
  return {
    size,
    owned: true,
    read: (offset, length) =>
      guarded(path, async () => {
        const handle = await open(path);
        try {
          return await read(handle, offset, length);
        } finally {
          await handle.close();
        }
      }),
  };
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  // Every byte of it is read or cut off; zeroing it first would touch a large tensor twice.
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
  const bytes = new Uint8Array(buffer, byteOffset, length);
  for (let at = 0; at < length;) {
    const { bytesRead } = await handle.read(bytes, at, Math.min(MOST, length - at), offset + at);
    if (bytesRead === 0) return bytes.subarray(0, at);
    at += bytesRead;
  }
  return bytes;
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LabError ? error : unreadable(path, error);
  }
}

/** The error for a file the system does not give, with its reason. */
export function unreadable(path: string, error: unknown): LabError {
  const reason = (error as NodeJS.ErrnoException).code ?? String(error);
  return new LabError(
    'bad-input',
    `${path} cannot be read (${reason}).`,
    'Check the path and its permissions.',
    error,
  );
}

function changed(path: string): LabError {
  return new LabError(
    'bad-input',
    `${path} changed while it was being read.`,
    'Wait until nothing writes it any more, then start again.',
  );
}
