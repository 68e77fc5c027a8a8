import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { folderFiles } from '../platform/node/folder';
import type { FileSource } from '../models/load/files';
import { fixture } from './fixtures';

/** The repository's root, to which `BASE` files are relative. */
const ROOT = fixture('..');

/**
 * Returns the files of a model in fixtures/cases. What the folder lacks comes from the folder that its file `BASE` names.
 * @param path the folder of the model, such as `config-json-nan/model`
 */
export function caseFiles(path: string): FileSource {
  const folder = fixture(`cases/${path}`);
  const own = folderFiles(folder);
  const base = baseFolder(path);
  if (base === undefined) return own;
  const weights = folderFiles(base);
  const of = (name: string) => (existsSync(resolve(folder, name)) ? own : weights);
  return {
    ...own,
    has: async (name, signal) => (await own.has(name, signal)) || weights.has(name, signal),
    read: (name, options) => of(name).read(name, options),
    open: async (name, signal) => of(name).open!(name, signal),
  };
}

/** Returns the folder that holds the weights of a case, if it is another one. */
export function baseFolder(path: string): string | undefined {
  const file = fixture(`cases/${path}/BASE`);
  return existsSync(file) ? resolve(ROOT, readFileSync(file, 'utf8').trim()) : undefined;
}
