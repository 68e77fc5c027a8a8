import { LabError } from '../../../base/errors';
import { writeState } from '../../../models/hub/fileState';
import { saveManifest } from '../../../models/hub/manifest';
import { MemoryDownloadStore } from '../../../models/hub/memoryDownloadStore';
import { filePath } from '../../../models/hub/paths';
import { openStored, storedModels } from '../../../models/hub/stored';
import type { DownloadStore, HubModel } from '../../../models/hub/types';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { FuzzReader } from '../reader';

const SHA256 = 'ef'.repeat(32);
const model: HubModel = {
  id: 'a/b',
  revision: 'ab'.repeat(20),
  asked: 'main',
  files: [
    { name: 'config.json', bytes: 3, gitSha1: 'cd'.repeat(20) },
    { name: 'model.safetensors', bytes: 5, sha256: SHA256 },
  ],
};

/** A store with a model that is whole. */
async function soundStore(): Promise<Folder> {
  const store = new MemoryDownloadStore();
  await saveManifest(store, model, 1e12);
  for (const { name, bytes, sha256, gitSha1 } of model.files) {
    await put(store, filePath(model, name), new Uint8Array(bytes));
    await writeState(store, model, name, { etag: '"x"', verified: sha256 ?? gitSha1 });
  }
  const files = new Map<string, Uint8Array>();
  for (const { path, bytes } of await store.list(''))
    files.set(path, (await (await store.read(path))!.read(0, bytes)).slice());
  return files;
}

async function put(store: DownloadStore, path: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.write(path);
  await writer.write(0, bytes);
  await writer.close();
}

async function read(bytes: Uint8Array): Promise<void> {
  const folder = unpacked(bytes);
  if (!folder) return;
  const store = new MemoryDownloadStore();
  for (const [path, content] of folder) await put(store, path, content);
  const models = await storedModels(store);
  if (!models.some(({ complete }) => complete))
    throw new LabError('storage', 'Nothing is kept whole any more.', 'Download it again.');
  for (const kept of models) {
    if (!Number.isSafeInteger(kept.bytes) || kept.bytes < 0) throw new Error(`${kept.bytes} bytes kept`);
    const files = kept.complete ? await openStored(store, kept.id, kept.revision) : undefined;
    if (kept.complete && !files) throw new Error('whole, but not to be opened');
    for (const { name } of files ? model.files : []) if (await files!.has(name)) await files!.read(name);
  }
}

/** What downloads keep beside their files, where it was broken by a crash or by somebody. */
const hubStore: FuzzReader = {
  name: 'hub-store',
  reads: 'what downloads keep: notes of what a model consists of and of what is whole',
  cases: 2000,
  memory: { factor: 8 },
  refusals: ['bad-file', 'storage'],
  prepare: async () => {
    const folder = await soundStore();
    return {
      seeds: [packed(folder)],
      read,
      broken: (below) =>
        breakFolder(folder, below, (path, bytes) =>
          path.endsWith('.json') && below(3) > 0 && isNote(path)
            ? breakJson(bytes, below)
            : breakBytes(bytes, below),
        ),
    };
  },
};
export default hubStore;

/** The files of the model here are no JSON. */
function isNote(path: string): boolean {
  return !model.files.some(({ name }) => path === filePath(model, name));
}
