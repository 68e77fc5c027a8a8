import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LAYERS, layersTable } from './layers.mjs';

const folders = LAYERS.map(({ folder }) => folder);

test('docs/architecture.md contains the table of the layers', () =>
  expect(
    readFileSync('docs/architecture.md', 'utf8').replaceAll(/ +\|/g, ' |').replaceAll(/-{3,}/g, '---'),
  ).toContain(layersTable()));

test('a layer may import only lower layers', () => {
  for (const [i, { folder, mayImport }] of LAYERS.entries())
    for (const name of mayImport)
      expect([folder, folders.slice(0, i)]).toEqual([folder, expect.arrayContaining([name])]);
});

test.each(folders)('%s contains files', (folder) => expect(readdirSync(folder).length).toBeGreaterThan(0));
