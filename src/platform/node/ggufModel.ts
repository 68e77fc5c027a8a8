import { basename } from 'node:path';
import { importGguf, type GgufModel } from '../../models/gguf/import';
import { readLocal } from './localFile';

/** Returns whether the name of a model is that of a GGUF file. */
export function isGguf(name: string): boolean {
  return name.toLowerCase().endsWith('.gguf');
}

/** Imports the model of a GGUF file on disk. @throws LabError bad-input if it cannot be read, or as `importGguf`; Cancelled */
export async function ggufModel(path: string, signal?: AbortSignal): Promise<GgufModel> {
  return ggufModelOf(await readLocal(path, signal), path);
}

/** Imports the model of a GGUF file from its bytes. @throws LabError as `importGguf` */
export function ggufModelOf(bytes: Uint8Array, path: string): Promise<GgufModel> {
  return importGguf(bytes, basename(path));
}
