import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A model on the hub of the tests. */
export interface HubServerModel {
  /** `owner/name`. */
  id: string;
  /** The commit hash of its main branch. */
  revision: string;
  /** The files by path, or a folder whose files are read when the server starts. */
  files: ReadonlyMap<string, Uint8Array> | string;
  /** The access token without which the model does not seem to exist. */
  private?: string;
  /** The access token without which files are not sent, as before accepting a licence. */
  gated?: string;
  /** The licence on the model card. */
  licence?: string;
}

/** An entry in the tree of the hub's API (https://huggingface.co/docs/hub/api). */
export interface TreeEntry {
  type: 'file' | 'directory';
  path: string;
  size: number;
  /** Git's SHA-1 of the blob; for large files, that of the pointer. */
  oid: string;
  lfs?: { oid: string; size: number; pointerSize: number };
}

/** A model with its tree. */
export interface Repository extends Omit<HubServerModel, 'files'> {
  files: ReadonlyMap<string, Uint8Array>;
  tree: readonly TreeEntry[];
}

/** The patterns of files in large-file storage with which a new repository on the hub begins. */
const LARGE = /\.(safetensors|bin|gguf|onnx|h5|pt|pth|msgpack|zip)$/;

/** Returns whether a file is in large-file storage. */
export function isLarge(path: string): boolean {
  return LARGE.test(path);
}

/** Reads the files of a model and makes its tree. */
export function openRepository({ files, ...model }: HubServerModel): Repository {
  const content = typeof files === 'string' ? readFolder(files) : files;
  const entries = [...content].map(([path, bytes]) => fileEntry(path, bytes));
  const tree = [...folders(content.keys()), ...entries].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ...model, files: content, tree };
}

function readFolder(folder: string): Map<string, Uint8Array> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(join(folder, '/').length).replaceAll('\\', '/'), readFileSync(path)];
    }),
  );
}

function fileEntry(path: string, bytes: Uint8Array): TreeEntry {
  const entry = { type: 'file' as const, path, size: bytes.byteLength };
  if (!isLarge(path)) return { ...entry, oid: gitBlob(bytes) };
  const oid = sha256(bytes);
  const pointer = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${entry.size}\n`,
  );
  return {
    ...entry,
    oid: gitBlob(pointer),
    lfs: { oid, size: entry.size, pointerSize: pointer.byteLength },
  };
}

function folders(paths: Iterable<string>): TreeEntry[] {
  const names = new Set<string>();
  for (const path of paths) {
    const steps = path.split('/').slice(0, -1);
    for (let i = 1; i <= steps.length; i++) names.add(steps.slice(0, i).join('/'));
  }
  return [...names].map((path) => ({
    type: 'directory',
    path,
    size: 0,
    oid: gitBlob(new Uint8Array()),
  }));
}

/** Returns Git's SHA-1 of a blob (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects), hex. */
export function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

/** Returns the SHA-256 of bytes, hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
