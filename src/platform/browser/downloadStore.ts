import { LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import { checkedName } from '../../models/load/files';
import type { DownloadStore, StoreWriter } from '../../models/hub/types';
import { withWebLock } from './locks';

/** The folder in the private file system of the page's origin. */
const FOLDER = 'hub';

/**
 * Opens the browser's private file system as a store for downloads. Listing, reading and deleting work everywhere; writing needs a
 * dedicated worker (https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle). Files are read by range and stay on disk
 * until they are deleted or the browser clears the site's data.
 * @throws LabError storage if the browser stores no files for the page, as in some private windows
 */
export async function openOpfsStore(): Promise<DownloadStore> {
  // `storage` is missing in insecure contexts, which have no WebGPU either.
  if (!navigator.storage?.getDirectory) throw noFiles();
  const root = await guarded(async () => {
    const origin = await navigator.storage.getDirectory();
    return origin.getDirectoryHandle(FOLDER, { create: true });
  });
  return {
    list: (prefix) => guarded(() => listFiles(root, prefix)),
    read: (path) => guarded(() => readFile(root, path)),
    write: (path) => guarded(() => openWriter(root, path)),
    delete: (prefix) => guarded(() => deleteFiles(root, prefix)),
    locked: (name, work, signal, onWait) => withWebLock(`bitcurve/hub/${name}`, work, { signal, onWait }),
    free: () => guarded(freeBytes),
  };
}

interface Found {
  path: string;
  folder: FileSystemDirectoryHandle;
  handle: FileSystemFileHandle;
}

async function listFiles(
  root: FileSystemDirectoryHandle,
  prefix: string,
): Promise<{ path: string; bytes: number }[]> {
  const files: { path: string; file: File | undefined }[] = [];
  for await (const { path, handle } of walk(root, '', prefix))
    files.push({ path, file: await handle.getFile().catch(noneIfAbsent) });
  // Another tab may have deleted some of them in the meantime.
  return files.flatMap(({ path, file }) => (file ? [{ path, bytes: file.size }] : []));
}

/** Yields the files whose paths begin with `prefix`; folders that cannot contain one are not entered. */
async function* walk(folder: FileSystemDirectoryHandle, at: string, prefix: string): AsyncGenerator<Found> {
  for await (const [name, handle] of folder.entries()) {
    const path = at + name;
    if (handle.kind === 'file' && path.startsWith(prefix)) yield { path, folder, handle: handle };
    if (handle.kind === 'directory' && sharesStart(`${path}/`, prefix))
      yield* walk(handle, `${path}/`, prefix);
  }
}

function sharesStart(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

/** Reads a file without locking it; after a later change or deletion reads fail. */
async function readFile(root: FileSystemDirectoryHandle, path: string): Promise<ByteSource | undefined> {
  const handle = await locate(root, path, false);
  if (!handle) return undefined;
  const file = await handle.getFile();
  return {
    size: file.size,
    read: (offset, length) =>
      guarded(async () => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer())),
  };
}

async function openWriter(root: FileSystemDirectoryHandle, path: string): Promise<StoreWriter> {
  const handle = (await locate(root, path, true))!;
  if (!('createSyncAccessHandle' in handle))
    throw new LabError(
      'storage',
      'This browser allows only dedicated workers to write files.',
      'Use a current browser. If your browser is current, please report this.',
    );
  const file = await handle.createSyncAccessHandle();
  let size = file.getSize();
  return {
    get size() {
      return size;
    },
    write: (offset, bytes) =>
      guarded(async () => {
        writeAll(file, offset, bytes);
        size = Math.max(size, offset + bytes.byteLength);
      }),
    truncate: (to) =>
      guarded(async () => {
        file.truncate(Math.min(to, size));
        size = Math.min(to, size);
      }),
    flush: () => guarded(async () => file.flush()),
    close: () => guarded(async () => file.close()),
  };
}

/** Writes all bytes. A handle may write fewer than it is given; if it writes none, the storage is full. */
function writeAll(file: FileSystemSyncAccessHandle, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength;) {
    const written = file.write(bytes.subarray(at), { at: offset + at });
    if (written === 0) throw new DOMException('Nothing was written.', 'QuotaExceededError');
    at += written;
  }
}

async function deleteFiles(root: FileSystemDirectoryHandle, prefix: string): Promise<void> {
  const files: Found[] = [];
  for await (const found of walk(root, '', prefix)) files.push(found);
  for (const { folder, handle } of files) await folder.removeEntry(handle.name);
  if (prefix.endsWith('/')) await removeEmpty(root, prefix.split('/').filter(Boolean));
}

/** Removes the folders of a path, innermost first, until one is not empty. */
async function removeEmpty(root: FileSystemDirectoryHandle, steps: readonly string[]): Promise<void> {
  const folders = [root];
  for (const step of steps) {
    const next = await folders.at(-1)!.getDirectoryHandle(step).catch(noneIfAbsent);
    if (!next) return;
    folders.push(next);
  }
  for (let depth = steps.length; depth > 0; depth--) {
    const { done } = await folders[depth].keys().next();
    if (!done) return;
    await folders[depth - 1].removeEntry(steps[depth - 1]).catch(noneIfRefilled);
  }
}

async function locate(
  root: FileSystemDirectoryHandle,
  path: string,
  create: boolean,
): Promise<FileSystemFileHandle | undefined> {
  const steps = checkedName(path).split('/');
  const name = steps.pop()!;
  let folder: FileSystemDirectoryHandle | undefined = root;
  for (const step of steps) folder = await folder?.getDirectoryHandle(step, { create }).catch(noneIfAbsent);
  return folder?.getFileHandle(name, { create }).catch(noneIfAbsent);
}

/** Estimates how many bytes the browser still allows this origin; the disk may have fewer. */
async function freeBytes(): Promise<number | undefined> {
  const { quota, usage } = await navigator.storage.estimate();
  return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
}

function noneIfAbsent(error: unknown): undefined {
  if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
  throw error;
}

/** Ignores the error of a folder to which another tab has added files again. */
function noneIfRefilled(error: unknown): void {
  if (!(error instanceof DOMException && error.name === 'InvalidModificationError')) throw error;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof LabError ? error : asLabError(error);
  }
}

function asLabError(error: unknown): LabError {
  const { name, message } = error as { name?: string; message?: string };
  if (name === 'QuotaExceededError')
    return storage(
      'This browser has no more storage for the page.',
      'Delete stored models or free disk space, then resume.',
      error,
    );
  if (name === 'SecurityError') return noFiles(error);
  if (name === 'NoModificationAllowedError')
    return storage(
      'Another tab is using this file.',
      'Wait until it has finished, or close that tab, then try again.',
      error,
    );
  if (name === 'NotFoundError' || name === 'NotReadableError')
    return storage(
      'A stored file was deleted or changed in the meantime, perhaps in another tab.',
      'Download the model again.',
      error,
    );
  return storage(
    `The browser could not use its storage (${name ?? String(error)}: ${message ?? ''}).`,
    'Reload the page and try again.',
    error,
  );
}

function noFiles(cause?: unknown): LabError {
  return storage(
    'This browser does not store files for the page.',
    'Use a window that is not private, and allow the page to store data.',
    cause,
  );
}

function storage(message: string, remedy: string, cause?: unknown): LabError {
  return new LabError('storage', message, remedy, cause);
}
