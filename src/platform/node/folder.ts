import { access, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Cancelled, LabError } from '../../base/errors';
import { grouped } from '../../base/format';
import { checkedName, type FileSource } from '../../models/load/files';
import { openLocal, unreadable } from './localFile';

/** One array holds no more in Node 20. */
const MOST_WHOLE = 2 ** 32;

/** A folder on disk as a source of files. Its id is the folder's name. */
export function folderFiles(path: string): FileSource {
  const locate = (name: string) => join(path, ...checkedName(name).split('/'));
  return {
    id: basename(resolve(path)),
    // Not the path: records and artefacts are passed on, and an artefact's size is measured.
    source: 'local',
    revision: 'local',
    has: (name) =>
      access(locate(name)).then(
        () => true,
        () => false,
      ),
    async read(name, { signal, onProgress } = {}) {
      const bytes = await readLocal(locate(name), signal);
      onProgress?.(bytes.byteLength, bytes.byteLength);
      return bytes;
    },
    open: (name) => openLocal(locate(name)),
  };
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
  if (source.size <= MOST_WHOLE) return source.read(0, source.size);
  throw new LabError(
    'limit',
    `${path} has ${grouped(source.size)} bytes; as a whole no more than ${grouped(MOST_WHOLE)} can be read.`,
    'Models in safetensors or torch’s format are read in parts: name the folder of one.',
  );
}
