import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Cancelled, type LabError } from '../../base/errors';
import {
  gitBlob,
  sha256,
  startHubServer,
  type HubServer,
  type HubServerModel,
} from '../../testing/hubServer';
import { findModel } from './findModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { TestClock } from './testing/clock';
import { COMMIT, ID, noise, smallModel, text, WEIGHTS } from './testing/models';
import type { Hub } from './types';

const index = (...shards: string[]) =>
  text(JSON.stringify({ weight_map: Object.fromEntries(shards.map((shard, i) => [`tensor${i}`, shard])) }));
const shard = (i: number) => `model-0000${i}-of-00002.safetensors`;
const sharded = { [shard(1)]: noise(3000, 5), [shard(2)]: noise(3000, 6) };

function variant(name: string, files: Record<string, Uint8Array | undefined>): HubServerModel {
  const model = smallModel();
  const content = new Map(model.files as ReadonlyMap<string, Uint8Array>);
  for (const [path, bytes] of Object.entries(files))
    if (bytes) content.set(path, bytes);
    else content.delete(path);
  return { ...model, id: `someone/${name}`, files: content };
}

const models = [
  smallModel(),
  variant('sharded', {
    [WEIGHTS]: undefined,
    'model.safetensors.index.json': index(shard(2), shard(1), shard(1)),
    ...sharded,
  }),
  variant('torch', { [WEIGHTS]: undefined, 'tokenizer.json': undefined }),
  variant('no-config', { 'config.json': undefined }),
  variant('no-weights', { [WEIGHTS]: undefined, 'pytorch_model.bin': undefined }),
  variant('missing-shard', {
    [WEIGHTS]: undefined,
    'model.safetensors.index.json': index(shard(1), shard(2)),
    [shard(1)]: sharded[shard(1)],
  }),
  variant('outside', { [WEIGHTS]: undefined, 'model.safetensors.index.json': index('../other.safetensors') }),
  variant('no-index', { [WEIGHTS]: undefined, 'model.safetensors.index.json': text('[]') }),
  { ...smallModel(), id: 'someone/hidden', private: 'secret' },
];

let server: HubServer;
let hub: Hub;
beforeAll(async () => {
  server = await startHubServer({ models, pageSize: 3 });
  hub = { origin: server.origin, store: new MemoryDownloadStore() };
});
afterEach(() => server.misbehave(undefined));
afterAll(() => server.close());

const find = (id: string, options = {}) => findModel(hub, id, { clock: new TestClock(), ...options });
const names = async (id: string) => (await find(id)).files.map(({ name }) => name);

test('pins the commit and lists the required files with the hub’s checksums', async () => {
  const files = smallModel().files as ReadonlyMap<string, Uint8Array>;
  const model = await find(ID, { revision: 'main' });
  expect(model).toEqual({
    id: ID,
    revision: COMMIT,
    asked: 'main',
    files: [
      {
        name: 'config.json',
        bytes: files.get('config.json')!.byteLength,
        gitSha1: gitBlob(files.get('config.json')!),
      },
      {
        name: 'tokenizer.json',
        bytes: files.get('tokenizer.json')!.byteLength,
        gitSha1: gitBlob(files.get('tokenizer.json')!),
      },
      { name: WEIGHTS, bytes: 300_000, sha256: sha256(files.get(WEIGHTS)!) },
    ],
  });
});

test('lists each shard once if there is no single file', async () => {
  expect(await names('someone/sharded')).toEqual([
    ...['config.json', 'tokenizer.json', 'model.safetensors.index.json'],
    ...[shard(1), shard(2)],
  ]);
});

test('lists the PyTorch file without safetensors, and the vocabulary without tokenizer.json', async () => {
  expect(await names('someone/torch')).toEqual([
    ...['config.json', 'vocab.json', 'merges.txt', 'pytorch_model.bin'],
  ]);
});

test.each([
  ['someone/no-config', 'unsupported', /no config\.json/],
  ['someone/no-weights', 'unsupported', /neither model\.safetensors nor pytorch_model\.bin/],
  ['someone/missing-shard', 'bad-file', /model-00002-of-00002\.safetensors, which does not exist/],
  ['someone/outside', 'bad-file', /not a file of this folder/],
  ['someone/no-index', 'bad-file', /model\.safetensors\.index\.json is not a JSON object/],
  ['someone/absent', 'bad-input', /no public model someone\/absent/],
  ['someone/hidden', 'bad-input', /or it is private/],
  ['someone/../../etc', 'bad-input', /is not the name of a model/],
  ['someone/a@b', 'bad-input', /is not/],
])('%s gives an error (%s)', async (id, code, message) => {
  await expect(find(id)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('an unknown revision gives an error', async () => {
  await expect(find(ID, { revision: 'v9' })).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('has no revision v9'),
  });
});

test('the token gives access to a private model, and a wrong one gives an error', async () => {
  const withToken = (token: string): Hub => ({ ...hub, token: () => token });
  const model = await findModel(withToken('secret'), 'someone/hidden');
  expect(model.files).toHaveLength(3);
  await expect(findModel(withToken('wrong'), 'someone/hidden')).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('with this access token'),
  });
});

test.each(['two\nlines', 'caf\u00e9', 'hf_…'])('an invalid token is not quoted: %j', async (token) => {
  const clock = new TestClock();
  const failure = await findModel({ ...hub, token: () => token }, ID, { clock }).then(
    () => expect.unreachable(),
    (error: unknown) => error as LabError,
  );
  expect(failure).toMatchObject({ code: 'bad-input', message: expect.stringContaining('access token') });
  expect(failure.message + failure.remedy).not.toContain(token);
  expect(clock.sleeps).toEqual([]);
});

test('white space around a token is ignored', async () => {
  const model = await findModel({ ...hub, token: () => ' secret\n' }, 'someone/hidden');
  expect(model.id).toBe('someone/hidden');
});

test('another commit than the requested one is refused', async () => {
  const body = JSON.stringify({ sha: 'f'.repeat(40) });
  server.misbehave(({ kind }) => (kind === 'revision' ? { body } : undefined));
  await expect(find(ID, { revision: COMMIT })).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('another commit'),
  });
});

test('a list of too many files is refused', async () => {
  const oid = 'a'.repeat(40);
  const entries = Array.from({ length: 50_001 }, (_, i) => ({ type: 'file', path: `${i}`, size: 0, oid }));
  const link = (url: string) => `<${server.origin}${url}>; rel="next"`;
  server.misbehave(({ kind, attempt, url }) => {
    if (kind !== 'tree') return undefined;
    const page = entries.map((entry) => ({ ...entry, path: `${attempt}-${entry.path}` }));
    return { body: JSON.stringify(page), headers: { link: link(url) } };
  });
  await expect(find(ID)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('100000'),
  });
});

test.each([
  ['not JSON', '<'],
  ['no commit', '{"sha":"main"}'],
  ['a list', '[]'],
])('a response that is %s gives an error', async (_, body) => {
  server.misbehave(({ kind }) => (kind === 'revision' ? { body } : undefined));
  await expect(find(ID)).rejects.toMatchObject({ code: 'bad-file' });
});

test.each([
  ['no size', { oid: gitBlob(text('')), type: 'file', path: 'config.json' }],
  ['a negative size', { oid: gitBlob(text('')), type: 'file', path: 'config.json', size: -1 }],
  ['a size past 2^53', { oid: gitBlob(text('')), type: 'file', path: 'config.json', size: 1e300 }],
  ['an invalid checksum', { oid: '../..', type: 'file', path: 'config.json', size: 1 }],
])('a tree entry with %s gives an error', async (_, entry) => {
  server.misbehave(({ kind }) => (kind === 'tree' ? { body: JSON.stringify([entry]) } : undefined));
  await expect(find(ID)).rejects.toMatchObject({ code: 'bad-file' });
});

test('an endless list of files is refused', async () => {
  const link = (url: string) => `<${server.origin}${url}>; rel="next"`;
  server.misbehave(({ kind, url }) => (kind === 'tree' ? { headers: { link: link(url) } } : undefined));
  await expect(find(ID)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('100 pages'),
  });
});

test('a list of files that continues on another host is not followed', async () => {
  const link = `<${server.cdn}/api/models/${ID}/tree/${COMMIT}?cursor=3>; rel="next"`;
  server.misbehave(({ kind }) => (kind === 'tree' ? { headers: { link } } : undefined));
  await expect(find(ID)).rejects.toMatchObject({ message: expect.stringContaining('another address') });
});

test('a response that is too large is refused', async () => {
  server.misbehave(({ kind }) => (kind === 'revision' ? { body: ' '.repeat((8 << 20) + 1) } : undefined));
  await expect(find(ID)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining('8388608 bytes'),
  });
});

test('retries after 429, 503 and a connection failure', async () => {
  const faults = [{ status: 429, headers: { 'retry-after': '7' } }, { status: 503 }, { hangUp: true }];
  server.misbehave(({ kind, attempt }) => (kind === 'revision' ? faults[attempt] : undefined));
  const clock = new TestClock();
  expect((await findModel(hub, ID, { clock })).revision).toBe(COMMIT);
  expect(clock.sleeps).toEqual([7000, 2000, 4000]);
});

test('an unreachable hub gives an error after six attempts', async () => {
  const gone = await startHubServer({ models: [] });
  await gone.close();
  const clock = new TestClock();
  await expect(
    findModel({ origin: gone.origin, store: new MemoryDownloadStore() }, ID, { clock }),
  ).rejects.toMatchObject({ code: 'network', message: expect.stringContaining('ECONNREFUSED') });
  expect(clock.sleeps).toHaveLength(5);
});

test('can be cancelled', async () => {
  const stop = new AbortController();
  server.misbehave(({ kind }) => {
    if (kind === 'tree') stop.abort();
    return undefined;
  });
  await expect(find(ID, { signal: stop.signal })).rejects.toBeInstanceOf(Cancelled);
});
