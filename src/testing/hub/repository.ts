import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A model on the stand-in hub. */
export interface HubServerModel {
  /** `owner/name`. */
  id: string;
  /** Commit hash of its main branch. */
  revision: string;
  /** Content by path, or a folder whose files are read when the server starts. */
  files: ReadonlyMap<string, Uint8Array> | string;
  /** Only who sends this token sees it. */
  private?: string;
  /** Seen by all, but its files are sent only for this token, as after accepting a licence. */
  gated?: string;
  /** As the model card says it. */
  licence?: string;
}

/** A file as the hub's tree lists it (https://huggingface.co/docs/hub/api). */
export interface TreeEntry {
  type: 'file' | 'directory';
  path: string;
  size: number;
  /** Git's SHA-1 of the blob; of large files that of the pointer. */
  oid: string;
  lfs?: { oid: string; size: number; pointerSize: number };
}

export interface Repository extends Omit<HubServerModel, 'files'> {
  files: ReadonlyMap<string, Uint8Array>;
  tree: readonly TreeEntry[];
}

/** What the hub keeps in large-file storage: the patterns a new repository starts with. */
const LARGE = /\.(safetensors|bin|gguf|onnx|h5|pt|pth|msgpack|zip)$/;

export function isLarge(path: string): boolean {
  return LARGE.test(path);
}

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

/** https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export function gitBlob(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
