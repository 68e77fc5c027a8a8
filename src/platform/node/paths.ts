import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../../base/errors';

/** The project's folder: sources, tests and the built command line all lie below it. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'public', 'models'))) {
    invariant(dirname(folder) !== folder, 'the folder public/models is missing');
    folder = dirname(folder);
  }
  return folder;
}

/** A folder of what ships with the page: `models` or `data`. */
export function publicFolder(name: string): string {
  return join(projectFolder(), 'public', name);
}
