import { LabError, throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../../formats/byteSource';
import type { FileSource } from './files';

/** A file that the user chose or dropped. Its path is relative to the choice, with "/" between folders. */
export interface PickedFile {
  path: string;
  file: Blob;
}

/** A model among chosen files: a folder in hub layout, or a file of its own. Its files are neither read nor copied yet. */
export interface PickedModel {
  /** The name in plans and records, `local:NAME`. */
  id: string;
  /** The GGUF or ONNX file that holds the weights; absent for a checkpoint in safetensors or PyTorch format. */
  weights?: string;
  /** The files by name: those below the folder of config.json, or the GGUF file. */
  files: ReadonlyMap<string, Blob>;
}

/** A file with examples of a task among chosen files. */
export interface PickedExamples {
  /** The name in plans and records, `local:NAME`. */
  id: string;
  file: Blob;
}

/** The prefix of the names of models and examples from local files. */
const LOCAL = 'local:';
const CONFIG = /(^|\/)config\.json$/;
const GGUF = /\.gguf$/i;
const ONNX = /\.onnx$/i;
const DELTA = /\.delta$/i;
const CHECKPOINT = /\.(safetensors|bin)$/;
const MAX_FILES = 10_000;
const MAX_NAME_LENGTH = 80;

/** Returns whether a name is that of a model, or of examples, from local files. */
export function isLocalId(name: string): boolean {
  return name.startsWith(LOCAL);
}

/**
 * Finds the model among files: the folder of the topmost config.json, whose weights may be an ONNX file, or, if there is no config.json,
 * the topmost GGUF file.
 * @throws LabError bad-input if there is no model or the topmost is not unique
 */
export function pickModel(picked: readonly PickedFile[]): PickedModel {
  if (picked.length > MAX_FILES)
    throw new LabError(
      'bad-input',
      `${picked.length} files were chosen; at most ${MAX_FILES} can be searched for a model.`,
      'Choose the folder of one model.',
    );
  const config = topmost(picked.filter(({ path }) => CONFIG.test(path)));
  if (config) return hubFolder(picked, config.path.slice(0, -'config.json'.length));
  const gguf = topmost(picked.filter(({ path }) => GGUF.test(path)));
  if (!gguf) throw noModel(picked.length);
  const name = gguf.path.split('/').at(-1)!;
  return { id: idOf(name), weights: name, files: new Map([[name, gguf.file]]) };
}

/**
 * Finds the one model delta among files. It is no model by itself.
 * @throws LabError bad-input if there is none, or several
 */
export function pickDelta(picked: readonly PickedFile[]): PickedModel {
  const deltas = picked.filter(({ path }) => DELTA.test(path));
  if (deltas.length !== 1)
    throw new LabError(
      'bad-input',
      `There are ${deltas.length} files that end in .delta among the ${picked.length} chosen.`,
      'Choose one file that `npm run delta -- make` wrote.',
    );
  const name = deltas[0].path.split('/').at(-1)!;
  return { id: idOf(name), weights: name, files: new Map([[name, deltas[0].file]]) };
}

function topmost(found: readonly PickedFile[]): PickedFile | undefined {
  const depth = ({ path }: PickedFile): number => path.split('/').length;
  const minDepth = Math.min(...found.map(depth));
  const top = found.filter((each) => depth(each) === minDepth);
  if (top.length <= 1) return top[0];
  throw several(top.map(({ path }) => path));
}

function several(names: readonly string[]): LabError {
  return new LabError(
    'bad-input',
    `There are ${names.length} models among the chosen files: ${names[0]}, ${names[1]}${names.length > 2 ? ', …' : '.'}`,
    'Choose one of them, for ONNX together with config.json and tokenizer.json.',
  );
}

function hubFolder(picked: readonly PickedFile[], root: string): PickedModel {
  const below = picked.filter(({ path }) => path.startsWith(root));
  const files = new Map(below.map(({ path, file }) => [path.slice(root.length), file]));
  const names = [...files.keys()];
  const onnx = names.some((name) => CHECKPOINT.test(name)) ? [] : names.filter((name) => ONNX.test(name));
  if (onnx.length > 1) throw several(onnx);
  if (onnx.length === 1) return { id: idOf(onnx[0].split('/').at(-1)!), weights: onnx[0], files };
  return { id: idOf(root.split('/').at(-2) ?? 'files'), files };
}

/** Names a file with examples of a task. */
export function pickExamples({ path, file }: PickedFile): PickedExamples {
  return { id: idOf(path.split('/').at(-1)!), file };
}

/** Returns the id of a model or file, without characters that would have to be escaped in the address of a plan. */
function idOf(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '');
  return LOCAL + (plain.slice(0, MAX_NAME_LENGTH) || 'files');
}

function noModel(count: number): LabError {
  return new LabError(
    'bad-input',
    `There is no config.json and no .gguf file among the ${count} chosen ${count === 1 ? 'file' : 'files'}.`,
    'Choose a folder in hub layout (config.json, weights, tokenizer.json), the files in it, or a .gguf file.',
  );
}

/** Returns a source of the chosen files, which are read from disk by range. */
export function fileListSource({ id, files }: PickedModel): FileSource {
  const find = (name: string): Blob => {
    const file = files.get(name);
    if (file) return file;
    throw new LabError(
      'bad-file',
      `${name} is not among the chosen files.`,
      'Choose the whole folder of the model.',
    );
  };
  return {
    id,
    // Browsers do not reveal the path of a folder.
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
 * Returns a source of the bytes of a Blob, which are read by range.
 * @throws LabError from `read`: bad-file if the file has changed since it was chosen; out-of-memory
 */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      const bytes = await bytesOf(name, blob.slice(offset, offset + length));
      if (bytes.byteLength === length) return bytes;
      throw changed(name, `it has only ${bytes.byteLength} of ${length} bytes`);
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
        `${name} needs ${part.size} bytes at once, more than this browser can allocate.`,
        'Close other tabs, or choose a smaller model.',
        error,
      );
    throw changed(name, error instanceof Error ? error.message : String(error), error);
  }
}

/** Returns the error about a file that changed on disk since it was chosen; browsers refuse to read it. */
function changed(name: string, why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `${name} can no longer be read: ${why.replace(/\.$/, '')}.`,
    'If the file was changed, moved or deleted, choose the files again.',
    cause,
  );
}
