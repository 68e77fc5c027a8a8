import { readdirSync, readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/**
 * Folders of all codecs by id, relative to the project and with forward slashes, as Vitest's filters want them. The
 * description of a codec, meta.ts, says its id; the folder may lie anywhere below src/codecs.
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
