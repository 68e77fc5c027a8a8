import { sha256OfStream } from '../base/checksum';
import { checkDeltaBase, openModelDelta, restoreTensor, type OpenModelDelta } from './apply';
import { tensorsSha256 } from './checksum';
import { fileEntry } from './description';
import { fileChunks, type ByteSource } from '../formats/byteSource';
import { rawTensorBytes } from '../formats/dtypes';
import { layOutSafetensors } from '../formats/safetensors/write';
import { WEIGHTS_FILE } from '../models/load/export';
import type { FileSource } from '../models/load/files';
import { loadModel } from '../models/load/load';
import type { Model, StoredWeights } from '../models/model';
import { modelFile, openModelFolder, type ModelFolder } from './modelFolder';

/**
 * Opens the model that a delta restores. Its tensors are restored when they are read, and its size is that of the delta.
 * @param id the name of the model
 * @param base the files of the model that the delta was made from
 * @throws LabError bad-input for another base; bad-file; Cancelled
 */
export async function openDeltaModel(
  id: string,
  file: ByteSource,
  base: FileSource,
  signal?: AbortSignal,
): Promise<Model> {
  const delta = await openModelDelta(file);
  const folder = await openModelFolder(base, signal);
  checkDeltaBase(delta.description, folder.id, await tensorsSha256(folder.tensors, signal));
  const sha256 = await sha256OfStream(fileChunks(file, 0, file.size, signal));
  const model = await loadModel(restoredFiles(id, delta, folder, sha256), signal);
  return { ...model, stored: async () => storedDelta(delta, model, file.size) };
}

/** Returns the files of the restored model. */
function restoredFiles(id: string, delta: OpenModelDelta, base: ModelFolder, sha256: string): FileSource {
  const { files } = delta.description;
  const weights = restoredSource(delta, base);
  const read = (name: string) => modelFile(name, files[name], base, delta.parts);
  return {
    id,
    source: 'local',
    revision: 'local',
    has: async (name) => name === WEIGHTS_FILE || Object.hasOwn(files, name),
    read: (name) => (name === WEIGHTS_FILE ? weights.read(0, weights.size) : read(name)),
    open: async () => weights,
    sha256: async () => sha256,
  };
}

/** Returns the weights as a safetensors file of which each tensor is restored when a part of it is read. */
function restoredSource(delta: OpenModelDelta, base: ModelFolder): ByteSource {
  const layouts = Object.entries(delta.description.tensors).map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape,
  }));
  const { head, ordered } = layOutSafetensors(layouts, { format: 'pt' });
  let end = head.length;
  const pieces = [
    { begin: 0, end, read: async () => head },
    ...ordered.map(({ name, dtype, shape }) => {
      const begin = end;
      end += rawTensorBytes(dtype, shape);
      return { begin, end, read: () => restoreTensor(delta, name, base.tensors) };
    }),
  ];
  return {
    size: end,
    async read(offset, length) {
      const stop = Math.min(offset + length, end);
      const bytes = new Uint8Array(Math.max(0, stop - offset));
      for (const piece of pieces.filter(({ begin, end }) => begin < stop && end > offset)) {
        const from = Math.max(offset, piece.begin);
        const part = (await piece.read()).subarray(from - piece.begin, stop - piece.begin);
        bytes.set(part, from - offset);
      }
      return bytes;
    },
  };
}

/** Describes how a delta stores the weights: all bytes of its parts are codes. */
function storedDelta(
  { description, parts }: OpenModelDelta,
  { shape }: Model,
  fileBytes: number,
): StoredWeights {
  const sizes = new Map<string, number>();
  let assetBytes = 0;
  for (const [name, { byteLength }] of parts) {
    if (Object.hasOwn(description.files, name.replace(/^file\//, '')) && name.startsWith(fileEntry('')))
      assetBytes += byteLength;
    else {
      const tensor = name.slice(0, name.lastIndexOf('.'));
      sizes.set(tensor, (sizes.get(tensor) ?? 0) + byteLength);
    }
  }
  const codes = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const names = Object.keys(description.tensors);
  // A checkpoint may leave out the prefix of its architecture.
  const stored = (name: string) => names.find((each) => each === name || name.endsWith(`.${each}`));
  const tensorBytes = shape.tensors.flatMap(({ name }) => {
    const found = stored(name);
    return found === undefined ? [] : [[name, sizes.get(found) ?? 0] as const];
  });
  const encoders = new Set(Object.values(description.tensors).map(({ encoder }) => encoder));
  return {
    scheme: `delta from ${description.base.id}, ${description.exact ? 'exact' : [...encoders].sort().join(', ')}`,
    fileBytes,
    assetBytes,
    bytes: { codes, scales: 0, codebooks: 0, tables: 0, float: 0 },
    tensorBytes: new Map(tensorBytes),
  };
}
