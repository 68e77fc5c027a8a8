import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../../base/errors';

/** Returns the folder of the project, which contains the sources, the tests and the built command line. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'public', 'models'))) {
    invariant(dirname(folder) !== folder, 'the folder public/models is missing');
    folder = dirname(folder);
  }
  return folder;
}

/** Returns a folder of the page's files, `models` or `data`. */
export function publicFolder(name: string): string {
  return join(projectFolder(), 'public', name);
}
