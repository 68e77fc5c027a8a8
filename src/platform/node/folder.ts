import { access } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { checkedName, type FileSource } from '../../models/load/files';
import { openLocal, readLocal } from './localFile';

/** Returns a source of the files of a folder on disk. Its id is the name of the folder. */
export function folderFiles(path: string): FileSource {
  const locate = (name: string) => join(path, ...checkedName(name).split('/'));
  return {
    id: basename(resolve(path)),
    // Records and artefacts are passed on, and the size of an artefact is measured, so the path is not stored.
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
