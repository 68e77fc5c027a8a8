import { Cancelled, LabError } from '../../base/errors';
import type { FileSource } from '../load/files';
import { checksumOf, readState } from './fileState';
import { readManifest, type Manifest } from './manifest';
import { filePath, keyOf, modelFolder, type ModelKey } from './paths';
import { storedFiles, type ModelFiles } from './storedFiles';
import type { DownloadStore, HubFile, StoredModel } from './types';

/**
 * Lists all stored models, complete or not, by id and commit.
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
 * Opens a complete stored model. A branch or tag finds the commit that it referred to when the model was requested. Of
 * several models, or without a revision, the one whose download began last is opened.
 * @param revision a commit, branch or tag
 * @returns undefined if the model is not stored or not complete
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
 * Deletes a stored model, complete or not.
 * @throws LabError storage, also while it is being downloaded; bad-input for an invalid id or commit
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
      `${id} is being downloaded, perhaps in another tab or process.`,
      'Stop the download, then delete the model.',
    );
  }
}

/** Returns the number of stored bytes of each file of the model, by name. */
export async function storedBytes(store: DownloadStore, model: ModelFiles): Promise<Map<string, number>> {
  const sizes = new Map((await store.list(modelFolder(model))).map(({ path, bytes }) => [path, bytes]));
  return new Map(model.files.map(({ name }) => [name, sizes.get(filePath(model, name)) ?? 0]));
}

/** Returns whether a file is complete and its checksum was verified. @param stored the number of its stored bytes */
export async function isComplete(
  store: DownloadStore,
  key: ModelKey,
  file: HubFile,
  stored: number,
): Promise<boolean> {
  if (stored !== file.bytes) return false;
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
  const stored = await storedBytes(store, manifest);
  const whole = await Promise.all(
    files.map((file) => isComplete(store, manifest, file, stored.get(file.name)!)),
  );
  return {
    id,
    revision,
    bytes: [...stored.values()].reduce((sum, bytes) => sum + bytes, 0),
    total: files.reduce((sum, file) => sum + file.bytes, 0),
    complete: whole.every(Boolean),
  };
}
