import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Patterns of quoted paths to code: the page's scripts and preloads, static imports, and workers. */
const IN_PAGE = [
  /<script\b[^>]*\bsrc="([^"]+\.m?js)"/g,
  /<link\b[^>]*\brel="modulepreload"[^>]*\bhref="([^"]+)"/g,
];
const IN_CODE = [
  /\b(?:import|export)\b[^"'`();]*?["'`](\.{1,2}\/[^"'`]+\.m?js)["'`]/g,
  /\bnew (?:Shared)?Worker\([^;]*?new URL\(["'`]([^"'`]+\.m?js)["'`]/g,
];

/**
 * Returns the JavaScript that a browser loads for the first screen: the scripts of index.html, their static imports, and the workers
 * that they start with their static imports. Code behind `import()` is loaded later and does not count.
 * @param {string} root the built page
 * @returns {{file: string, gzipBytes: number}[]}
 */
export function firstLoad(root) {
  const files = new Set();
  follow(join(root, 'index.html'), IN_PAGE, root, files);
  return [...files].map((file) => ({
    file: relative(root, file),
    gzipBytes: gzipSync(readFileSync(file), { level: 9 }).length,
  }));
}

function follow(file, patterns, root, files) {
  const text = readFileSync(file, 'utf8');
  for (const pattern of patterns)
    for (const [, path] of text.matchAll(pattern)) {
      const next = [resolve(dirname(file), path), join(root, path)].find((candidate) =>
        existsSync(candidate),
      );
      if (!next || files.has(next)) continue;
      files.add(next);
      follow(next, IN_CODE, root, files);
    }
}
