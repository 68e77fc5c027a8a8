import { LabError } from '../../base/errors';
import { bytesSource } from '../../formats/byteSource';
import type { FileSource } from '../../models/load/files';

/** Returns a source of files in memory, which are read whole or by range. */
export function memoryFiles(files: ReadonlyMap<string, Uint8Array>): FileSource {
  const find = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes) return bytes;
    throw new LabError(
      'bad-file',
      `There is no file ${JSON.stringify(name.slice(0, 80))}.`,
      'Choose another.',
    );
  };
  return {
    ...{ id: 'memory', source: 'memory', revision: '' },
    has: async (name) => files.has(name),
    read: async (name) => find(name),
    open: async (name) => bytesSource(find(name)),
  };
}
