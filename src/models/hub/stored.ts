import { Cancelled, LabError } from '../../base/errors';
import type { FileSource } from '../load/files';
import { checksumOf, readState } from './fileState';
import { readManifest, type Manifest } from './manifest';
import { filePath, keyOf, modelFolder, type ModelKey } from './paths';
import { storedFiles, type ModelFiles } from './storedFiles';
import type { DownloadStore, HubFile, StoredModel } from './types';

/**
 * Every model of which something is kept, whole or begun, by id and commit.
 * @throws LabError storage
 */
export async function storedModels(store: DownloadStore): Promise<StoredModel[]> {
  const keys = new Map<string, ModelKey>();
  for (const { path } of await store.list('')) {
    const key = keyOf(path);
    if (key) keys.set(modelFolder(key), key);
  }
  const models: StoredModel[] = [];
  for (const [, key] of [...keys].sort(([a], [b]) => (a < b ? -1 : 1)))
    models.push(await describe(store, key));
  return models;
}

/**
 * The files of a model that is kept whole. A branch or tag finds the commit it stood for when the hub was asked; of several, and without
 * a revision, the one begun last is taken.
 * @param revision commit, branch or tag
 * @returns undefined when it is not kept, or not whole
 * @throws LabError storage
 */
export async function openStored(
  store: DownloadStore,
  id: string,
  revision?: string,
): Promise<FileSource | undefined> {
  const models = (await storedModels(store)).filter((model) => model.id === id && model.complete);
  const manifests = await Promise.all(models.map((model) => readManifest(store, model)));
  const latest = manifests
    .filter((kept) => kept !== undefined)
    .filter((kept) => revision === undefined || [kept.revision, ...kept.asked].includes(revision))
    .sort((a, b) => b.begun - a.begun)[0];
  return latest && storedFiles(store, latest);
}

/**
 * Deletes what is kept of a model, parts too.
 * @throws LabError storage, also while it is being downloaded; bad-input (id or commit that are none)
 */
export async function deleteStored(store: DownloadStore, id: string, revision: string): Promise<void> {
  const folder = modelFolder({ id, revision });
  const busy = new AbortController();
  try {
    await store.locked(
      folder,
      () => store.delete(folder),
      busy.signal,
      () => busy.abort(),
    );
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    throw new LabError(
      'storage',
      `${id} is being downloaded at the moment, here or in another tab or process.`,
      'Stop that download, then delete it.',
    );
  }
}

/** Bytes kept of each file of the model. */
export async function keptBytes(store: DownloadStore, model: ModelFiles): Promise<Map<string, number>> {
  const sizes = new Map((await store.list(modelFolder(model))).map(({ path, bytes }) => [path, bytes]));
  return new Map(model.files.map(({ name }) => [name, sizes.get(filePath(model, name)) ?? 0]));
}

/** Whether a file is all there and was found to be what the hub says. */
export async function isWhole(
  store: DownloadStore,
  key: ModelKey,
  file: HubFile,
  kept: number,
): Promise<boolean> {
  if (kept !== file.bytes) return false;
  const { verified } = await readState(store, key, file.name);
  return verified !== undefined && verified === checksumOf(file);
}

async function describe(store: DownloadStore, key: ModelKey): Promise<StoredModel> {
  const manifest = await readManifest(store, key);
  if (manifest) return describeKnown(store, manifest);
  const files = await store.list(modelFolder(key));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { ...key, bytes, total: bytes, complete: false };
}

async function describeKnown(store: DownloadStore, manifest: Manifest): Promise<StoredModel> {
  const { id, revision, files } = manifest;
  const kept = await keptBytes(store, manifest);
  const whole = await Promise.all(files.map((file) => isWhole(store, manifest, file, kept.get(file.name)!)));
  return {
    id,
    revision,
    bytes: [...kept.values()].reduce((sum, bytes) => sum + bytes, 0),
    total: files.reduce((sum, file) => sum + file.bytes, 0),
    complete: whole.every(Boolean),
  };
}
