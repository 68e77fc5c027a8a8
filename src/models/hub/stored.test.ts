import { afterAll, beforeAll, expect, test } from 'vitest';
import { startHubServer, type HubServer } from '../../testing/hubServer';
import { downloadModel } from './downloadModel';
import { findModel } from './findModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { deleteStored, openStored, storedModels } from './stored';
import { COMMIT, expectBytes, ID, noise, smallModel, text, WEIGHTS } from './testing/models';
import type { DownloadStore } from './types';

const LATER = 'f'.repeat(40);
const FOLDER = `${ID}/${COMMIT}`;
const BYTES = 10_000;

let servers: HubServer[];
beforeAll(async () => {
  const models = [smallModel({}, BYTES), { ...smallModel({}, BYTES), revision: LATER }];
  servers = await Promise.all(models.map((model) => startHubServer({ models: [model] })));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Downloads the model. @param server the server; each has another commit @param revision the requested revision */
async function download(store: DownloadStore, server: 0 | 1 = 0, revision?: string): Promise<void> {
  const hub = { origin: servers[server].origin, store };
  await downloadModel(hub, await findModel(hub, ID, { revision }));
}

async function overwrite(store: DownloadStore, path: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.write(path);
  await writer.truncate(0);
  await writer.write(0, bytes);
  await writer.close();
}

const complete = async (store: DownloadStore) => (await storedModels(store)).map((model) => model.complete);

test('an empty store has no models', async () => {
  expect(await storedModels(new MemoryDownloadStore())).toEqual([]);
  expect(await openStored(new MemoryDownloadStore(), ID)).toBeUndefined();
});

test('opens a complete model without a request to the hub', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  const before = servers[0].requests.length;
  const files = await openStored(store, ID);
  expect(files).toMatchObject({ id: ID, revision: COMMIT, source: 'hub' });
  expectBytes(await files!.read(WEIGHTS), noise(BYTES));
  expect(await openStored(store, ID, LATER)).toBeUndefined();
  expect(await openStored(store, 'someone/else')).toBeUndefined();
  expect(servers[0].requests).toHaveLength(before);
});

test('opens the requested commit or the one that was downloaded last', async () => {
  const store = new MemoryDownloadStore();
  await download(store, 1);
  await download(store, 0);
  expect((await storedModels(store)).map(({ revision }) => revision)).toEqual([COMMIT, LATER]);
  expect((await openStored(store, ID, LATER))!.revision).toBe(LATER);
  expect((await openStored(store, ID))!.revision).toBe(COMMIT);
});

test('a branch finds the commit it referred to at the time of the request, without the hub', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  expect(await openStored(store, ID, 'main')).toBeUndefined();
  await download(store, 0, 'main');
  await download(store, 0, COMMIT);
  expect((await openStored(store, ID, 'main'))!.revision).toBe(COMMIT);
  await download(store, 1, 'main');
  expect((await openStored(store, ID, 'main'))!.revision).toBe(LATER);
  expect((await openStored(store, ID, COMMIT))!.revision).toBe(COMMIT);
});

test('a missing or truncated file makes a model incomplete, and the next download repairs it', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  await overwrite(store, `${FOLDER}/${WEIGHTS}`, noise(BYTES).subarray(0, 500));
  expect(await complete(store)).toEqual([false]);
  expect(await openStored(store, ID)).toBeUndefined();
  await download(store);
  expect(await complete(store)).toEqual([true]);
  expect(servers[0].requests.at(-1)!.range).toBe('bytes=500-');
  await store.delete(`${FOLDER}/config.json`);
  expect(await complete(store)).toEqual([false]);
  await download(store);
  expectBytes(await (await openStored(store, ID))!.read(WEIGHTS), noise(BYTES));
});

test.each(['', '{"veri', '[]', '{"verified":7}', '\xff', 'null'])(
  'a state that was half written in a crash (%j) costs no byte of the model',
  async (torn) => {
    const store = new MemoryDownloadStore();
    await download(store);
    await overwrite(store, `${FOLDER}/${WEIGHTS}.state.json`, text(torn));
    expect(await complete(store)).toEqual([false]);
    const before = servers[0].requests.length;
    await download(store);
    expect(servers[0].requests.slice(before).map(({ kind }) => kind)).not.toContain('cdn');
    expect(await complete(store)).toEqual([true]);
  },
);

test('a model without a manifest is listed, so that it can be resumed or deleted', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  await overwrite(store, `${FOLDER}/bitcurve.json`, text('{"schema":"bitcurve.down'));
  const [model] = await storedModels(store);
  expect(model).toMatchObject({ id: ID, revision: COMMIT, complete: false });
  expect(model.bytes).toBeGreaterThan(BYTES);
  await download(store);
  expect(await complete(store)).toEqual([true]);
});

test('a manifest with files of another model or outside the folder is ignored', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  const path = `${FOLDER}/bitcurve.json`;
  const source = (await store.read(path))!;
  const manifest = JSON.parse(new TextDecoder().decode(await source.read(0, source.size))) as {
    files: object[];
  };
  for (const wrong of [
    { ...manifest, id: 'someone/else' },
    { ...manifest, files: [{ ...manifest.files[0], name: '../../secret' }] },
    { ...manifest, files: [{ ...manifest.files[0], bytes: -1 }] },
  ]) {
    await overwrite(store, path, text(JSON.stringify(wrong)));
    expect(await openStored(store, ID)).toBeUndefined();
  }
});

test('deletes one commit and nothing else', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  await download(store, 1);
  await deleteStored(store, ID, COMMIT);
  expect((await store.list('')).every(({ path }) => path.startsWith(`${ID}/${LATER}/`))).toBe(true);
  expect(await complete(store)).toEqual([true]);
  await expect(deleteStored(store, ID, 'main')).rejects.toMatchObject({ code: 'bad-input' });
  await expect(deleteStored(store, '', COMMIT)).rejects.toMatchObject({ code: 'bad-input' });
});

test('does not delete a model that is being downloaded', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  await store.locked(`${FOLDER}/`, async () => {
    await expect(deleteStored(store, ID, COMMIT)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('being downloaded'),
    });
  });
  expect(await complete(store)).toEqual([true]);
});

test('reading a model that was deleted gives an error', async () => {
  const store = new MemoryDownloadStore();
  await download(store);
  const files = (await openStored(store, ID))!;
  await deleteStored(store, ID, COMMIT);
  await expect(files.read(WEIGHTS)).rejects.toMatchObject({ code: 'storage' });
  expect(await storedModels(store)).toEqual([]);
});
