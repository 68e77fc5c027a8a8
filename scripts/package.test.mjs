import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));
const manifest = read('package.json');
const lock = read('package-lock.json');

/** The packages that the product may load at run time, each with the reason for it. */
const RUNTIME = {
  '@huggingface/hub': 'independent reader of decoded weights',
  'hash-wasm': 'streaming SHA-256',
  hyparquet: 'reading Parquet',
  'hyparquet-writer': 'writing Parquet',
  idb: 'IndexedDB with promises',
  'onnxruntime-node': 'models on the CPU',
  'onnxruntime-web': 'the peer of the benchmark in the page',
  papaparse: 'records and cells of CSV',
  'plotly.js-basic-dist-min': 'the curve',
  pyodide: 'Python programs of tasks',
  react: 'the page',
  'react-dom': 'the page',
  'simple-statistics': 'statistics',
  valibot: 'schemas of records and metadata',
  webgpu: 'Dawn for Node',
  wesl: 'the WGSL linker',
  zustand: 'the page’s stores',
};

/** Source text of the product, without tests. */
const SOURCES = ['src', 'workers', 'cli'].flatMap((folder) =>
  readdirSync(new URL(`../${folder}`, import.meta.url), { recursive: true })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|d)\.tsx?$/.test(file))
    .map((file) => readFileSync(new URL(`../${folder}/${file}`, import.meta.url), 'utf8')),
);

describe('dependencies', () => {
  test('are only the listed ones at run time', () =>
    expect(Object.keys(manifest.dependencies).sort()).toEqual(Object.keys(RUNTIME).sort()));

  test.each(Object.keys(RUNTIME))('%s is used outside of tests', (name) => {
    const imports = new RegExp(`(from |import\\(|import )'${name}[/']`);
    expect(SOURCES.some((text) => imports.test(text))).toBe(true);
  });

  test.each(Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))(
    '%s has an exact, locked version',
    (name, version) => {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(lock.packages[`node_modules/${name}`].version).toBe(version);
    },
  );

  test('need no install scripts, which are disabled', () =>
    expect(readFileSync(new URL('../.npmrc', import.meta.url), 'utf8')).toMatch(/^ignore-scripts=true$/m));

  test('come from the public registry', () => {
    for (const [path, { resolved }] of Object.entries(lock.packages))
      if (resolved) expect([path, new URL(resolved).origin]).toEqual([path, 'https://registry.npmjs.org']);
  });
});

test('every command of the README is an npm script', () =>
  expect(Object.keys(manifest.scripts)).toEqual(
    expect.arrayContaining([
      'start',
      'test',
      'sweep',
      'compress',
      'decompress',
      'check',
      'bench',
      'train',
      'gguf',
      'verify',
      'report',
    ]),
  ));
