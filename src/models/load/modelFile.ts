import { importGguf } from '../gguf/import';
import type { Model } from '../model';
import type { FileSource, OnBytes } from './files';
import { loadOnnxModel } from './load';

const KINDS = /\.(gguf|onnx)$/i;

/** Returns whether a name is that of a file that holds a model's weights on its own: GGUF, or ONNX with config.json beside it. */
export function isModelFile(name: string): boolean {
  return KINDS.test(name);
}

/**
 * Opens a model from one of the files of a folder, which is read by range if the source can. The model is called by the file's name.
 * @param name a GGUF file, or an ONNX file in the folder of config.json or in a folder below
 * @throws LabError as `importGguf` and `loadOnnxModel`; Cancelled
 */
export async function loadModelFile(
  files: FileSource,
  name: string,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Model> {
  if (!/\.gguf$/i.test(name)) return loadOnnxModel(files, name, signal, onProgress);
  const file = files.open ? await files.open(name, signal) : await files.read(name, { signal, onProgress });
  const id = name.slice(name.lastIndexOf('/') + 1);
  return importGguf(file, id, { sha256: await files.sha256?.(name), signal });
}
