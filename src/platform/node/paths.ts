import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invariant } from '../../base/errors';
import { COMMANDS } from './commandNames';

/**
 * A path as the user meant it. npm runs scripts in the project's folder and keeps the user's in INIT_CWD; a script started
 * without npm (or by another npm script, such as the tests) means its own folder.
 */
export function userPath(path: string): string {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  return resolve(script && COMMANDS.includes(script) && folder ? folder : process.cwd(), path);
}

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
