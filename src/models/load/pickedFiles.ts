import { LabError, throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import type { FileSource } from './files';

/** One of the files a person chose or dropped; its path begins at what was chosen, with "/" between folders. */
export interface PickedFile {
  path: string;
  file: Blob;
}

/** A model among chosen files: a folder in hub layout, or a GGUF file. Nothing of them is read yet, and nothing is copied. */
export interface PickedModel {
  /** `local:NAME`, as plans and records call it. */
  id: string;
  kind: 'hub' | 'gguf';
  /** By name: below the folder of config.json, or the one GGUF file. */
  files: ReadonlyMap<string, Blob>;
}

/** What names of models from a person's own files begin with. */
const LOCAL = 'local:';
const CONFIG = /(^|\/)config\.json$/;
const GGUF = /\.gguf$/i;
const MOST_FILES = 10_000;
const LONGEST_NAME = 80;

export function isLocalId(name: string): boolean {
  return name.startsWith(LOCAL);
}

/**
 * Finds the model among files: the folder of the only config.json nearest to the top, else the only GGUF file.
 * @throws LabError bad-input when there is none, or more than one
 */
export function pickModel(picked: readonly PickedFile[]): PickedModel {
  if (picked.length > MOST_FILES)
    throw new LabError(
      'bad-input',
      `${picked.length} files were chosen, more than a model has.`,
      'Choose the folder of one model.',
    );
  const config = nearest(picked.filter(({ path }) => CONFIG.test(path)));
  if (config) return hubFolder(picked, config.path.slice(0, -'config.json'.length));
  const gguf = nearest(picked.filter(({ path }) => GGUF.test(path)));
  if (!gguf) throw noModel(picked.length);
  const name = gguf.path.split('/').at(-1)!;
  return { id: idOf(name), kind: 'gguf', files: new Map([[name, gguf.file]]) };
}

function nearest(found: readonly PickedFile[]): PickedFile | undefined {
  const depth = ({ path }: PickedFile): number => path.split('/').length;
  const least = Math.min(...found.map(depth));
  const top = found.filter((each) => depth(each) === least);
  if (top.length <= 1) return top[0];
  throw new LabError(
    'bad-input',
    `There are ${top.length} models among the files chosen: ${top[0].path}, ${top[1].path}${top.length > 2 ? ' …' : ''}`,
    'Choose one of them.',
  );
}

function hubFolder(picked: readonly PickedFile[], root: string): PickedModel {
  const below = picked.filter(({ path }) => path.startsWith(root));
  const files = new Map(below.map(({ path, file }) => [path.slice(root.length), file]));
  return { id: idOf(root.split('/').at(-2) ?? 'files'), kind: 'hub', files };
}

/** Plans are addresses: what would have to be escaped there is left out of the name. */
function idOf(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '');
  return LOCAL + (plain.slice(0, LONGEST_NAME) || 'files');
}

function noModel(count: number): LabError {
  return new LabError(
    'bad-input',
    `There is no config.json and no .gguf file among the ${count} ${count === 1 ? 'file' : 'files'} chosen.`,
    'Choose a folder as the hub lays it out (config.json, the weights, tokenizer.json), those files themselves, or a .gguf file.',
  );
}

/** A chosen folder in hub layout as a source of files, read from disk by parts. */
export function fileListSource({ id, files }: PickedModel): FileSource {
  const find = (name: string): Blob => {
    const file = files.get(name);
    if (file) return file;
    throw new LabError(
      'bad-file',
      `${name} is not among the files chosen.`,
      'Choose the whole folder of the model.',
    );
  };
  return {
    id,
    // Not the folder's path, which browsers keep from pages.
    source: 'local',
    revision: 'local',
    has: async (name) => files.has(name),
    async read(name, { signal, onProgress } = {}) {
      throwIfAborted(signal);
      const file = find(name);
      const bytes = await blobSource(name, file).read(0, file.size);
      throwIfAborted(signal);
      onProgress?.(bytes.byteLength, bytes.byteLength);
      return bytes;
    },
    open: async (name) => blobSource(name, find(name)),
  };
}

/**
 * A file of the browser's as bytes to be read by parts.
 * @throws LabError (from `read`) bad-file when it is no longer what was chosen, or is shorter; out-of-memory
 */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      const bytes = await bytesOf(name, blob.slice(offset, offset + length));
      if (bytes.byteLength === length) return bytes;
      throw changed(name, `only ${bytes.byteLength} of ${length} bytes are there`);
    },
  };
}

async function bytesOf(name: string, part: Blob): Promise<Uint8Array> {
  try {
    return new Uint8Array(await part.arrayBuffer());
  } catch (error) {
    if (error instanceof RangeError)
      throw new LabError(
        'out-of-memory',
        `${name} asks for ${part.size} bytes at once, more than this browser gives.`,
        'Close other tabs, or choose a smaller model.',
        error,
      );
    throw changed(name, error instanceof Error ? error.message : String(error), error);
  }
}

/** Browsers refuse a file that changed on disk since it was chosen. */
function changed(name: string, why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `${name} cannot be read any more: ${why.replace(/\.$/, '')}.`,
    'If it was changed, moved or deleted, choose the files again.',
    cause,
  );
}
