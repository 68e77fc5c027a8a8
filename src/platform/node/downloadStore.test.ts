import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeStore } from '../../models/hub/testing/storeSuite';
import { folderStore } from './downloadStore';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-store-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('folderStore', () => {
  describeStore((name) => folderStore(join(root, name)));
});

test('reports the free disk space, even for a folder that does not exist yet', async () => {
  const free = await folderStore(join(root, 'not/yet')).free();
  expect(free).toBeGreaterThan(0);
  expect(readdirSync(root)).not.toContain('not');
});

test('deletes empty folders with a model and does not list locks', async () => {
  const store = folderStore(join(root, 'delete'));
  await (await store.write('owner/name/commit/config.json')).close();
  await store.locked('owner/name/commit/', async () => {
    expect((await store.list('')).map(({ path }) => path)).toEqual(['owner/name/commit/config.json']);
    await store.delete('owner/name/commit/');
  });
  expect(readdirSync(join(root, 'delete'))).toEqual(['.locks']);
  expect(readdirSync(join(root, 'delete/.locks'))).toEqual([]);
});

test('refuses paths outside the folder', async () => {
  const store = folderStore(root);
  for (const path of ['../x', 'a/../../x', '/etc/passwd', ''])
    await expect(store.write(path)).rejects.toMatchObject({ code: 'bad-input' });
});

test('converts errors of the system', async () => {
  writeFileSync(join(root, 'file'), 'no folder');
  const store = folderStore(join(root, 'file'));
  await expect(store.write('a')).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/\((EEXIST|ENOTDIR)\)/),
  });
  expect(await store.list('')).toEqual([]);
});

test('reports a file that was truncated while it is read', async () => {
  const store = folderStore(join(root, 'short'));
  const writer = await store.write('a');
  await writer.write(0, new Uint8Array(100));
  const source = await store.read('a');
  await writer.truncate(50);
  await writer.close();
  await expect(source!.read(0, 100)).rejects.toMatchObject({ code: 'storage' });
});
