import { LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import { checkedName } from '../../models/load/files';
import type { DownloadStore, StoreWriter } from '../../models/hub/types';
import { withWebLock } from './locks';

/** In the private file system of the page's origin. */
const FOLDER = 'hub';

/**
 * The browser's private file system as a place for downloads. Listing, reading and deleting work everywhere; writing needs a dedicated
 * worker, which alone may write in place (https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle). What is stored is read by parts
 * from disk and stays there until it is deleted or the browser clears the site's data.
 * @throws LabError storage where the browser keeps no files for the page (some private windows)
 */
export async function openOpfsStore(): Promise<DownloadStore> {
  // Absent in insecure contexts, where nothing of the page runs anyway.
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
  // Another tab may have deleted some meanwhile.
  return files.flatMap(({ path, file }) => (file ? [{ path, bytes: file.size }] : []));
}

/** Files whose paths begin with `prefix`; folders that cannot hold one are not entered. */
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

/** A file's content as it is now; a later change or deletion makes reads fail, and takes no lock. */
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
      'Files can be written in a dedicated worker only.',
      'Use a current browser; please report this if it is one.',
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

/** A handle may write less than it was given; nothing at all means that there is no room. */
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

/** Takes away the folders of a path, from the inside, until one still holds something. */
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

/** What the browser would still give this origin; an estimate, and no promise of the disk. */
async function freeBytes(): Promise<number | undefined> {
  const { quota, usage } = await navigator.storage.estimate();
  return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
}

function noneIfAbsent(error: unknown): undefined {
  if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
  throw error;
}

/** Another tab began to fill the folder again. */
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
      'This browser gives the page no more room.',
      'Delete models that are kept here, or free disk space, then go on.',
      error,
    );
  if (name === 'SecurityError') return noFiles(error);
  if (name === 'NoModificationAllowedError')
    return storage(
      'Another tab is using this file.',
      'Wait for it, or close the tab, then try again.',
      error,
    );
  if (name === 'NotFoundError' || name === 'NotReadableError')
    return storage(
      'A file that was kept here was deleted or changed meanwhile, perhaps in another tab.',
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
    'This browser keeps no files for the page.',
    'Use a window that is not private, and allow the page to store data.',
    cause,
  );
}

function storage(message: string, remedy: string, cause?: unknown): LabError {
  return new LabError('storage', message, remedy, cause);
}
