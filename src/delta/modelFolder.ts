import { LabError } from '../base/errors';
import { quoted } from '../base/shown';
import { ASSETS } from '../models/load/load';
import type { FileSource } from '../models/load/files';
import { loadWeights } from '../models/load/weights';
import type { CheckpointTensors } from './checksum';
import { fileEntry } from './description';

/** Files of a model besides its weights that a delta restores. */
export const MODEL_FILES = [
  'config.json',
  ...ASSETS,
  'vocab.json',
  'merges.txt',
  'special_tokens_map.json',
  'added_tokens.json',
  'tokenizer.model',
  'chat_template.jinja',
];

/** A folder with a model in hub layout. */
export interface ModelFolder {
  id: string;
  tensors: CheckpointTensors;
  /** Size of the files of the weights. */
  bytes: number;
  files: ReadonlyMap<string, Uint8Array>;
}

/** Opens the tensors and the other files of a folder. @throws LabError of `loadWeights`; bad-input */
export async function openModelFolder(source: FileSource, signal?: AbortSignal): Promise<ModelFolder> {
  const { tensors, bytes } = await loadWeights(source, signal);
  const files = new Map<string, Uint8Array>();
  for (const name of MODEL_FILES)
    if (await source.has(name)) files.set(name, await source.read(name, { signal }));
  return { id: source.id, tensors, bytes, files };
}

/**
 * Reads a file of the fine-tuned model that a delta restores.
 * @param from where it is stored
 * @throws LabError bad-file if it is not there, or its name is not that of a file of a model
 */
export async function modelFile(
  name: string,
  from: 'base' | 'delta',
  base: ModelFolder,
  parts: CheckpointTensors,
): Promise<Uint8Array> {
  const bytes = from === 'base' ? base.files.get(name) : await parts.get(fileEntry(name))?.read();
  if (bytes && MODEL_FILES.includes(name)) return bytes;
  throw new LabError(
    'bad-file',
    `The delta names a file ${quoted(name)} that ${from === 'base' ? 'the base' : 'it'} does not have, or that no model has.`,
    'Make the delta again; keep the files beside the weights of the base.',
  );
}
