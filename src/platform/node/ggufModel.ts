import { basename } from 'node:path';
import { importGguf, type GgufModel } from '../../models/gguf/import';
import { readLocal } from './localFile';

/** Whether a model is named as a GGUF file. */
export function isGguf(name: string): boolean {
  return name.toLowerCase().endsWith('.gguf');
}

/** The model of a GGUF file on disk. @throws LabError bad-input, or naming the field that cannot be read; Cancelled */
export async function ggufModel(path: string, signal?: AbortSignal): Promise<GgufModel> {
  return ggufModelOf(await readLocal(path, signal), path);
}

/** The same from its bytes. */
export function ggufModelOf(bytes: Uint8Array, path: string): Promise<GgufModel> {
  return importGguf(bytes, basename(path));
}
