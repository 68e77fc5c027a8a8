import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { folderFiles } from '../platform/node/folder';
import { concatenate } from '../base/concatenate';
import { bytesSource } from '../formats/byteSource';
import { writeSafetensors } from '../formats/safetensors/write';
import type { FileSource } from '../models/load/files';
import { readJson, readTensors } from './checkpoint';
import { fixture } from './fixtures';

/** The repository's root, to which `BASE` files are relative. */
const ROOT = fixture('..');

const WEIGHTS = 'model.safetensors';

/**
 * Returns the files of a model in fixtures/cases. What the folder lacks comes from the folder that its file `BASE` names; a file
 * `row.json` has one more row of the token table.
 * @param path the folder of the model, such as `config-json-nan/model`
 */
export function caseFiles(path: string): FileSource {
  const folder = fixture(`cases/${path}`);
  const own = folderFiles(folder);
  const base = baseFolder(path);
  if (base === undefined) return own;
  const weights = folderFiles(base);
  const of = (name: string) => (existsSync(resolve(folder, name)) ? own : weights);
  const row = resolve(folder, 'row.json');
  const hasRow = existsSync(row);
  return {
    ...own,
    has: async (name, signal) => (await own.has(name, signal)) || weights.has(name, signal),
    read: (name, options) => of(name).read(name, options),
    open: async (name, signal) =>
      name === WEIGHTS && hasRow
        ? bytesSource(withRow(resolve(base, WEIGHTS), readJson(row) as number[]))
        : of(name).open!(name, signal),
  };
}

/** Returns a file of weights whose token table has one more row. */
function withRow(path: string, row: readonly number[]): Uint8Array {
  const last = new Uint8Array(Float32Array.from(row).buffer);
  const tensors = [...readTensors(path)].map(([name, tensor]) => {
    if (!name.endsWith('wte.weight')) return { ...tensor, name };
    const [rows, columns] = tensor.shape;
    return {
      ...tensor,
      name,
      shape: [rows + 1, columns],
      bytes: concatenate(Uint8Array, [tensor.bytes, last]),
    };
  });
  return writeSafetensors(tensors);
}

/** Returns the folder that holds the weights of a case, if it is another one. */
export function baseFolder(path: string): string | undefined {
  const file = fixture(`cases/${path}/BASE`);
  return existsSync(file) ? resolve(ROOT, readFileSync(file, 'utf8').trim()) : undefined;
}
