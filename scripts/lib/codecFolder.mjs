import { readdirSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/**
 * Returns the folders of all codecs by id, relative to the project and with forward slashes, as in filters of Vitest. The meta.ts of
 * a codec contains its id; its folder may be anywhere below src/codecs.
 * @returns {Map<string, string>}
 */
export function codecFolders() {
  const files = readdirSync(inRoot('src/codecs'), { recursive: true })
    .map((file) => `src/codecs/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('/meta.ts'));
  return new Map(files.sort().flatMap(idAndFolder));
}

function idAndFolder(file) {
  const id = /^ {2}id: '([^']+)'/m.exec(readFileSync(inRoot(file), 'utf8'))?.[1];
  return id ? [[id, file.slice(0, -'meta.ts'.length)]] : [];
}
