import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isEmbedded } from '../../src/models/embedded';
import { usage } from './options';

/** Returns the name of an embedded model, or the path of a folder with one. @throws LabError bad-plan if there is neither */
export function imageModel(name: string): string {
  const path = resolve(name);
  const isFolder = ['config.json', 'transformer/config.json'].some((file) => existsSync(join(path, file)));
  if (isEmbedded(name)) return name;
  if (isFolder) return path;
  throw usage(
    `There is no model "${name.slice(0, 80)}": it is not embedded, and ${path} has no config.json.`,
    'Name dit-fashion-mnist, or a folder with config.json or transformer/config.json.',
  );
}
