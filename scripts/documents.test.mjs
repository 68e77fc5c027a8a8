import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inRoot } from './lib/paths.mjs';

const MAX_README_WORDS = 900;

const read = (name) => readFileSync(inRoot(name), 'utf8');
const inDocs = readdirSync(inRoot('docs'), { recursive: true })
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .filter((name) => name.endsWith('.md'));
const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'fixtures/README.md', ...inDocs];
const { scripts } = JSON.parse(read('package.json'));

/** Returns the distinct matches of the first group of a pattern in a text. */
const found = (text, pattern) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]))];

/** Returns the findings of a check in some documents, as "document: finding". */
const wrong = (documents, check) =>
  documents.flatMap((name) => check(read(name), name).map((what) => `${name}: ${what}`));

describe('documents', () => {
  test('link to existing files and headings', () => {
    const broken = wrong(DOCUMENTS, (text, name) =>
      found(text, /\]\(([^)\s]+)\)/g).filter((link) => !/^https?:/.test(link) && !hasTarget(name, link)),
    );
    expect(broken).toEqual([]);
  });

  test('name existing paths in backticks', () => {
    // Generated tables name files of other projects.
    const written = DOCUMENTS.filter((name) => !name.startsWith('docs/tables/'));
    const missing = wrong(written, (text) =>
      found(text, /`((?:src|cli|workers|shaders|scripts|e2e|public|docs)\/[\w./-]+)`/g).filter(
        (path) => !existsSync(inRoot(path)),
      ),
    );
    expect(missing).toEqual([]);
  });

  test('name existing npm scripts', () => {
    const unknown = wrong(DOCUMENTS, (text) =>
      found(text, /\bnpm run ([a-z][\w:-]*)/g).filter((script) => !(script in scripts)),
    );
    expect(unknown).toEqual([]);
  });
});

test('the README has a limited number of words', () =>
  expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(MAX_README_WORDS));

test('the index lists every document beside it', () => {
  const listed = found(read('docs/README.md'), /\]\(([^)#]+)\)/g);
  const documents = readdirSync(inRoot('docs')).filter((name) => /\.md$/.test(name) && name !== 'README.md');
  expect(documents.filter((name) => !listed.includes(name))).toEqual([]);
});

test('docs/cli.md describes every npm script', () => {
  const text = read('docs/cli.md');
  const commands = Object.keys(scripts).filter((name) => !['start', 'test'].includes(name));
  expect(commands.filter((name) => !new RegExp(`\`(gguf |npm run )?${name}\\b`).test(text))).toEqual([]);
});

/** Whether a relative link, with or without a heading after #, has a target. */
function hasTarget(document, link) {
  const [path, heading] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(inRoot(target))) return false;
  return heading === undefined || headings(read(target)).includes(heading);
}

/** Returns the anchors that GitHub gives the headings of a text. */
function headings(text) {
  return found(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
