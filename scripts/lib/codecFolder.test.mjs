import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codecFolders } from './codecFolder.mjs';
import { inRoot } from './paths.mjs';

test('finds the folder of a codec by the id in its meta.ts', () => {
  const folders = codecFolders();
  expect(folders.size).toBeGreaterThan(30);
  expect(folders.get('rtn')).toMatch(/^src\/codecs\/(.+\/)?rtn\/$/);
  for (const folder of folders.values()) expect(existsSync(inRoot(folder, 'codec.ts'))).toBe(true);
});
