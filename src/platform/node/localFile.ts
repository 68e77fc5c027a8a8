import { createHash } from 'node:crypto';
import { open, readFile, stat, type FileHandle } from 'node:fs/promises';
import { Cancelled, LabError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { ByteSource } from '../../formats/byteSource';

/** Maximum size of one read; Node reads less than 2 GiB at once. */
const MAX_READ_BYTES = 1 << 30;
/** Maximum size of a typed array in Node 20. */
const MAX_ARRAY_BYTES = 2 ** 32;

/**
 * Opens a file on disk for reading by range. Each read opens and closes the file, so the source need not be closed. If the file
 * changes in between, reads fail, since the ranges would belong to different files.
 * @throws LabError bad-input with the path and the reason of the system, also from `read`
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
    nativeHash: () => createHash('sha256'),
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

/** Reads `length` bytes of an open file from `offset`; fewer if it ends before. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  // All bytes are overwritten or cut off, so the buffer need not be zeroed, which would take time for a large tensor.
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
 * Reads a whole file.
 * @throws LabError bad-input with the path and the reason of the system; limit above 4 GiB; Cancelled
 */
export async function readLocal(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path, { signal });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (signal?.aborted) throw new Cancelled();
    // readFile refuses files of 2 GiB or more.
    if ((error as NodeJS.ErrnoException).code === 'ERR_FS_FILE_TOO_LARGE') return readLarge(path);
    throw unreadable(path, error);
  }
}

async function readLarge(path: string): Promise<Uint8Array> {
  const source = await openLocal(path);
  if (source.size <= MAX_ARRAY_BYTES) return source.read(0, source.size);
  throw new LabError(
    'limit',
    `${path} has ${grouped(source.size)} bytes; at most ${grouped(MAX_ARRAY_BYTES)} can be read as a whole.`,
    'Models in safetensors or PyTorch format are read by range: name the folder of such a model.',
  );
}

/** Returns the error about a file that cannot be read, with the reason of the system. */
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
    'Wait until no program writes to it, then start again.',
  );
}
