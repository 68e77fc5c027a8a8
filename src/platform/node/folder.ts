import { access } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { checkedName, type FileSource } from '../../models/load/files';
import { openLocal, readLocal } from './localFile';

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
