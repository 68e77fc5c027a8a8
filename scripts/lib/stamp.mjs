import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inRoot } from './paths.mjs';

/**
 * Returns a hash of the names, sizes and dates of all files below `paths`, except tests, and of `extra`.
 * @param {string[]} paths paths relative to the project's folder; missing ones are ignored
 */
export function stampOf(paths, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const path of paths) for (const file of filesUnder(path)) hash.update(`${describe(file)}\n`);
  return hash.digest('hex');
}

function describe(file) {
  const { size, mtimeMs } = statSync(inRoot(file));
  return `${file} ${size} ${mtimeMs}`;
}

function filesUnder(path) {
  if (!existsSync(inRoot(path))) return [];
  if (statSync(inRoot(path)).isFile()) return [path];
  return readdirSync(inRoot(path), { withFileTypes: true })
    .filter((entry) => !/\.test\.tsx?$/.test(entry.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesUnder(join(path, entry.name)));
}

/** Whether `file` contains `stamp`, so that its target was built from these inputs. */
export function stampMatches(file, stamp) {
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

/** Writes a stamp to a file. */
export function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, stamp);
}
