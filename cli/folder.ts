import { access, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Cancelled } from '../src/base/errors';
import { checkedName, type FileSource } from '../src/models/files';
import { openLocal, unreadable } from './localFile';

/** A folder on disk as a source of files. The id defaults to the folder's name. */
export function folderFiles(path: string, id = basename(resolve(path))): FileSource {
  const locate = (name: string) => join(path, ...checkedName(name).split('/'));
  return {
    id,
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
 * @throws LabError bad-input with the path and the system's reason; Cancelled
 */
export async function readLocal(path: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path, { signal });
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (error) {
    if (signal?.aborted) throw new Cancelled();
    throw unreadable(path, error);
  }
}
