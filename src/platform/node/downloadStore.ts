import { mkdir, open, readdir, rm, rmdir, stat, statfs } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Cancelled, LabError } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import { checkedName } from '../../models/load/files';
import type { DownloadStore, StoreWriter } from '../../models/hub/types';
import { withLockFile } from './locks';

/** The folder for locks, which is not listed. */
const LOCKS = '.locks';

/** Returns a store in a folder on disk, which is created by the first write. Several processes may use it at once. */
export function folderStore(root: string): DownloadStore {
  const locate = (path: string) => join(root, ...checkedName(path).split('/'));
  return {
    list: async (prefix) => guarded(root, () => listFiles(root, prefix)),
    read: async (path) => guarded(locate(path), () => readFile(locate(path))),
    write: async (path) => guarded(locate(path), () => openWriter(locate(path))),
    delete: async (prefix) => guarded(root, () => deleteFiles(root, prefix)),
    locked: async (name, work, signal, onWait) => {
      const file = join(root, LOCKS, `${encodeURIComponent(name)}.lock`);
      return withLockFile(file, work, { signal, onWait, guard: (step) => guarded(file, step) });
    },
    free: () => freeBytes(root),
  };
}

async function listFiles(root: string, prefix: string): Promise<{ path: string; bytes: number }[]> {
  // Listing begins in the innermost folder that the prefix names completely.
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(
    noneIfAbsent,
  );
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const paths = files.map((file) => ({ file, path: relative(root, file).split(sep).join('/') }));
  const found = paths.filter(({ path }) => path.startsWith(prefix) && !path.startsWith(`${LOCKS}/`));
  const sizes = await Promise.all(found.map(({ file }) => sizeOf(file)));
  return found.flatMap(({ path }, i) => (sizes[i] === undefined ? [] : [{ path, bytes: sizes[i] }]));
}

/** Opens a file for reading. Each read opens it again, so that no handle stays open and a deletion is noticed. */
async function readFile(path: string): Promise<ByteSource | undefined> {
  const size = await sizeOf(path);
  if (size === undefined) return undefined;
  return { size, read: (offset, length) => guarded(path, () => readRange(path, offset, length)) };
}

/** Returns the size of a file in bytes; undefined if it does not exist. */
async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) throw truncated(path);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

async function openWriter(path: string): Promise<StoreWriter> {
  await mkdir(dirname(path), { recursive: true });
  // Flag 'a' creates the file without truncating it, but ignores positions; 'r+' honours them.
  await (await open(path, 'a')).close();
  const file = await open(path, 'r+');
  let { size } = await file.stat();
  return {
    get size() {
      return size;
    },
    write: (offset, bytes) =>
      guarded(path, async () => {
        for (let at = 0; at < bytes.byteLength;)
          at += (await file.write(bytes, at, bytes.byteLength - at, offset + at)).bytesWritten;
        size = Math.max(size, offset + bytes.byteLength);
      }),
    truncate: (to) =>
      guarded(path, async () => {
        await file.truncate(Math.min(to, size));
        size = Math.min(to, size);
      }),
    flush: () => guarded(path, () => file.datasync()),
    close: () => guarded(path, () => file.close()),
  };
}

async function deleteFiles(root: string, prefix: string): Promise<void> {
  const files = await listFiles(root, prefix);
  await Promise.all(files.map(({ path }) => rm(join(root, path), { force: true })));
  if (prefix.endsWith('/')) await removeEmpty(root, prefix);
}

async function removeEmpty(root: string, prefix: string): Promise<void> {
  const steps = prefix.split('/').filter(Boolean);
  for (let depth = steps.length; depth > 0; depth--) {
    const folder = join(root, ...steps.slice(0, depth));
    // rmdir fails for a folder that is not empty, or is being filled again.
    const gone = await rmdir(folder).then(() => true, isAbsent);
    if (!gone) return;
  }
}

/** Returns the free bytes of the disk of the folder, which need not exist yet. */
async function freeBytes(root: string): Promise<number | undefined> {
  for (let folder = root; ; folder = dirname(folder)) {
    const found = await statfs(folder).catch(() => undefined);
    if (found) return found.bavail * found.bsize;
    if (folder === dirname(folder)) return undefined;
  }
}

function noneIfAbsent(error: unknown): never[] {
  if (isAbsent(error)) return [];
  throw error;
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Runs `work` and converts errors. @throws LabError storage with the path and the reason of the system */
async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabError || error instanceof Cancelled) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    const full = reason === 'ENOSPC' || reason === 'EDQUOT';
    throw new LabError(
      'storage',
      full ? `The disk has no more space for ${path} (${reason}).` : `${path} cannot be used (${reason}).`,
      full ? 'Free disk space, then repeat the command.' : 'Check the path and its permissions.',
      error,
    );
  }
}

function truncated(path: string): LabError {
  return new LabError('storage', `${path} is shorter than it was.`, 'Download the model again.');
}
