import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSafetensors } from '../formats/safetensors/read';
import { writeSafetensors } from '../formats/safetensors/write';
import type { Lab } from '../lab/lab';
import type { FileSource } from '../models/load/files';
import { loadModel } from '../models/load/load';
import { publicFolder } from '../platform/node/paths';
import { memoryFiles } from './fuzz/memoryFiles';

const FOLDER = publicFolder('models/stories260K');
const ASSETS = ['tokenizer.json', 'tokenizer_config.json'];
const BLOCK = /^model\.layers\.(\d+)\./;

/** Replaces stories260K in a lab by its first blocks. */
export function withShortStories<On extends Lab>(lab: On): On {
  const model = loadModel(shortStories());
  const openModel: Lab['openModel'] = (id, signal, onProgress) =>
    id === 'stories260K' ? model : lab.openModel(id, signal, onProgress);
  return { ...lab, openModel };
}

/**
 * Returns the files of stories260K with its first blocks only, for tests that need a trained language model and its tokenizer, whatever
 * it says. Two blocks take less than half of the time of its five.
 */
export function shortStories(blocks = 2): FileSource {
  const read = (name: string) => new Uint8Array(readFileSync(join(FOLDER, name)));
  const config = JSON.parse(new TextDecoder().decode(read('config.json'))) as Record<string, unknown>;
  const { tensors } = parseSafetensors(read('model.safetensors'));
  const kept = [...tensors].filter(([name]) => Number(BLOCK.exec(name)?.[1] ?? 0) < blocks);
  const files = new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify({ ...config, num_hidden_layers: blocks }))],
    ['model.safetensors', writeSafetensors(kept.map(([name, tensor]) => ({ name, ...tensor })))],
    ...ASSETS.map((name) => [name, read(name)] as const),
  ]);
  return { ...memoryFiles(files), id: 'stories260K' };
}
