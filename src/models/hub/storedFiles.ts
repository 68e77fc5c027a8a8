import { LabError, throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import type { FileSource } from '../load/files';
import { filePath } from './paths';
import type { DownloadStore, HubModel } from './types';

/** The files of a model at one commit, without the requested revision. */
export type ModelFiles = Omit<HubModel, 'asked'>;

/** Returns a source of the files of a complete stored model. Their checksums were verified when they arrived. */
export function storedFiles(store: DownloadStore, model: ModelFiles): FileSource {
  const { id, revision, files } = model;
  const byName = new Map(files.map((file) => [file.name, file]));
  async function open(name: string, signal?: AbortSignal): Promise<ByteSource> {
    throwIfAborted(signal);
    const file = byName.get(name);
    if (!file) throw missing(`${id} has no file ${name}.`, 'bad-file');
    const source = await store.read(filePath(model, name));
    if (source?.size === file.bytes) return source;
    throw missing(`${name} of ${id} is no longer stored.`, 'storage');
  }
  return {
    id,
    source: 'hub',
    revision,
    has: async (name) => byName.has(name),
    open,
    async read(name, { signal, onProgress } = {}) {
      const source = await open(name, signal);
      const bytes = await source.read(0, source.size);
      onProgress?.(source.size, source.size);
      return bytes;
    },
    sha256: async (name) => byName.get(name)?.sha256,
  };
}

function missing(message: string, code: 'bad-file' | 'storage'): LabError {
  return new LabError(code, message, 'Download the model again.');
}
