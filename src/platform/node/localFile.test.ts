import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLocal, readLocal } from './localFile';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bitcurve-local-'));
});
afterAll(() => rm(folder, { recursive: true }));

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

async function file(name: string): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

it('reads ranges of a file, each into a new array', async () => {
  const source = await openLocal(await file('whole'));
  expect([source.size, source.owned]).toEqual([1000, true]);
  const part = await source.read(300, 400);
  expect(part).toEqual(content.subarray(300, 700));
  part.fill(0);
  expect(await source.read(300, 400)).toEqual(content.subarray(300, 700));
  expect((await source.read(0, 0)).byteLength).toBe(0);
});

it('reads fewer bytes at the end of a file', async () => {
  const source = await openLocal(await file('end'));
  expect(await source.read(990, 400)).toEqual(content.subarray(990));
  expect((await source.read(2000, 4)).byteLength).toBe(0);
});

it('refuses a file that has changed since it was opened', async () => {
  const path = await file('changed');
  const source = await openLocal(path);
  await utimes(path, new Date(0), new Date(0));
  await expect(source.read(0, 4)).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('changed'),
  });
});

it('names a missing file', async () => {
  await expect(openLocal(join(folder, 'none'))).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringMatching(/none cannot be read \(ENOENT\)/),
  });
  const path = await file('gone');
  const source = await openLocal(path);
  await rm(path);
  await expect(source.read(0, 4)).rejects.toMatchObject({ message: expect.stringContaining('gone') });
});

it('reads ranges beyond 4 GiB and refuses to read such a file as a whole', async () => {
  const path = await file('large');
  // The file is sparse, so it takes no space on disk.
  await truncate(path, 2 ** 33);
  const source = await openLocal(path);
  expect(source.size).toBe(2 ** 33);
  expect(await source.read(2 ** 32 + 5, 3)).toEqual(new Uint8Array(3));
  await expect(readLocal(path)).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringMatching(/large has 8,589,934,592 bytes/),
  });
});
