import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inRoot } from './lib/paths.mjs';

/** `main` is what the command line calls in each folder of cli/commands. */
const MANY_HOMES = ['main'];
const EXPORT =
  /^export (?:declare |abstract |async )*(?:function\*?|class|interface|type|const|let|enum) +([\w$]+)/gm;

/** Every exported name of the product, with the files that declare it. Overloads of a function are one home. */
function homes() {
  const found = new Map();
  for (const path of ['src', 'workers', 'cli'].flatMap(sourcesIn))
    for (const [, name] of readFileSync(inRoot(path), 'utf8').matchAll(EXPORT))
      found.set(name, (found.get(name) ?? new Set()).add(path));
  return found;
}

/** The TypeScript files of a folder that are no tests and help none. */
function sourcesIn(folder) {
  return readdirSync(inRoot(folder), { recursive: true })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$|\/testing\//.test(path));
}

test('an exported name has one home', () => {
  const several = [...homes()].filter(([name, files]) => files.size > 1 && !MANY_HOMES.includes(name));
  expect(several.map(([name, files]) => `${name}: ${[...files].join(', ')}`)).toEqual([]);
});
