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

/** Returns the files of a store with a complete model. */
async function validStore(): Promise<Folder> {
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
    throw new LabError('storage', 'No stored model is complete.', 'Download it again.');
  for (const { id, revision, bytes: stored, complete } of models) {
    if (!Number.isSafeInteger(stored) || stored < 0) throw new Error(`${stored} stored bytes`);
    const files = complete ? await openStored(store, id, revision) : undefined;
    if (complete && !files) throw new Error('a complete model cannot be opened');
    for (const { name } of files ? model.files : []) if (await files!.has(name)) await files!.read(name);
  }
}

/** The reader of the manifests and states that downloads store with their files. */
const hubStore: FuzzReader = {
  name: 'hub-store',
  reads: 'stored downloads: the manifest of a model and the state of each file',
  cases: 2000,
  memory: { factor: 8 },
  refusals: ['bad-file', 'storage'],
  prepare: async () => {
    const folder = await validStore();
    return {
      seeds: [packed(folder)],
      read,
      broken: (below) =>
        breakFolder(folder, below, (path, bytes) =>
          path.endsWith('.json') && below(3) > 0 && isMetadata(path)
            ? breakJson(bytes, below)
            : breakBytes(bytes, below),
        ),
    };
  },
};
export default hubStore;

/** Returns whether a path is a manifest or a state; the files of the model itself are not JSON here. */
function isMetadata(path: string): boolean {
  return !model.files.some(({ name }) => path === filePath(model, name));
}
