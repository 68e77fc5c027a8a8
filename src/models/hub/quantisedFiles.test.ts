import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { fixture } from '../../testing/fixtures';
import { startHubServer } from '../../testing/hubServer';
import { downloadModel } from './downloadModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { findHubFile, listQuantisedFiles, splitHubFile, withStoredFiles } from './quantisedFiles';
import { openStored } from './stored';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const text = (content: string) => new TextEncoder().encode(content);
const awq = (file: string) =>
  new Uint8Array(readFileSync(fixture(`quantised/awq/stories260K-4bit-g32-gemm/${file}`)));

const server = await startHubServer({
  models: [
    {
      ...{ id: 'tests/gguf', revision: COMMIT },
      files: new Map([
        ['README.md', text('#')],
        ['m.Q8_0.gguf', new Uint8Array(90)],
        ['m.Q4_K_M.gguf', new Uint8Array(50)],
        ['m-00001-of-00002.gguf', new Uint8Array(10)],
        ['mmproj-m.gguf', new Uint8Array(10)],
      ]),
    },
    {
      ...{ id: 'tests/awq', revision: COMMIT },
      files: new Map([
        ['config.json', awq('config.json')],
        ['model.safetensors', awq('model.safetensors')],
      ]),
    },
    {
      ...{ id: 'tests/float', revision: COMMIT },
      files: new Map([['config.json', text('{"model_type":"llama"}')]]),
    },
  ],
});
afterAll(() => server.close());
const hub = { origin: server.origin, store: new MemoryDownloadStore() };

test('a repository of GGUF files lists whole models, the smallest first', async () => {
  const files = await listQuantisedFiles(hub, 'tests/gguf');
  expect(files.map(({ name, label, bytes }) => [name, label, bytes])).toEqual([
    [`tests/gguf@${COMMIT}/m.Q4_K_M.gguf`, 'm.Q4_K_M.gguf', 50],
    [`tests/gguf@${COMMIT}/m.Q8_0.gguf`, 'm.Q8_0.gguf', 90],
  ]);
});

test('a repository with a quantised checkpoint lists it as a whole, with the size of its weights', async () => {
  const [file] = await listQuantisedFiles(hub, 'tests/awq');
  expect(file).toMatchObject({ name: `tests/awq@${COMMIT}`, label: 'checkpoint, awq, 4 bits' });
  expect(file.bytes).toBe(awq('model.safetensors').length);
  expect(file.model.files.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors']);
});

test('a repository of floats lists nothing', async () => {
  expect(await listQuantisedFiles(hub, 'tests/float')).toEqual([]);
});

test('files of one commit that are downloaded one after the other stay in the store', async () => {
  for (const { model } of await listQuantisedFiles(hub, 'tests/gguf'))
    await downloadModel(hub, await withStoredFiles(hub, model));
  const stored = (await openStored(hub.store, 'tests/gguf'))!;
  expect(await stored.has('m.Q4_K_M.gguf')).toBe(true);
  expect((await stored.read('m.Q8_0.gguf')).length).toBe(90);
});

describe('the name of a GGUF file on the hub', () => {
  test('is split into repository, revision and file', () => {
    expect(splitHubFile('a/b/c.gguf')).toEqual({ id: 'a/b', file: 'c.gguf' });
    expect(splitHubFile('a/b@v1/c.Q4_K_M.GGUF')).toEqual({
      id: 'a/b',
      revision: 'v1',
      file: 'c.Q4_K_M.GGUF',
    });
    for (const name of ['a/b', 'a/c.gguf', '/x/a/b/c.gguf', 'a/b/../c.gguf', 'a/b/c.safetensors'])
      expect(splitHubFile(name)).toBeUndefined();
  });

  test('is looked up', async () => {
    const { files } = await findHubFile(hub, { id: 'tests/gguf', file: 'm.Q8_0.gguf' });
    expect(files).toMatchObject([{ name: 'm.Q8_0.gguf', bytes: 90 }]);
    await expect(findHubFile(hub, { id: 'tests/gguf', file: 'x.gguf' })).rejects.toThrow(
      /has no file x\.gguf/,
    );
  });
});
