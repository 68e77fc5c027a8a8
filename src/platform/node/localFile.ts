import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { Cancelled, LabError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { ByteSource } from '../../formats/byteSource';

/** Node reads less than 2 GiB at once. */
const MAX_READ_BYTES = 1 << 30;
/** An array holds no more in Node 20. */
const MAX_ARRAY_BYTES = 2 ** 32;

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
    const { bytesRead } = await handle.read(bytes, at, Math.min(MAX_READ_BYTES, length - at), offset + at);
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

/**
 * The bytes of one file.
 * @throws LabError bad-input with the path and the system's reason; limit for more than one array holds; Cancelled
 */
export async function readLocal(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path, { signal });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (signal?.aborted) throw new Cancelled();
    // Node reads no file of 2 GiB or more at once.
    if ((error as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE') return readLarge(path);
    throw unreadable(path, error);
  }
}

async function readLarge(path: string): Promise<Uint8Array> {
  const source = await openLocal(path);
  if (source.size <= MAX_ARRAY_BYTES) return source.read(0, source.size);
  throw new LabError(
    'limit',
    `${path} has ${grouped(source.size)} bytes; as a whole no more than ${grouped(MAX_ARRAY_BYTES)} can be read.`,
    'Models in safetensors or torch’s format are read in parts: name the folder of one.',
  );
}

/** The error for a file the system does not give, with its reason. */
function unreadable(path: string, error: unknown): LabError {
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
