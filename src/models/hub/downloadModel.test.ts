import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import {
  firstOnes,
  startHubServer,
  type HubServer,
  type Misbehave,
  type Misbehaviour,
} from '../../testing/hubServer';
import { bytesToFetch, downloadModel } from './downloadModel';
import { findModel } from './findModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { storedModels } from './stored';
import { TestClock } from './testing/clock';
import { all, COMMIT, expectBytes, ID, noise, smallModel, WEIGHTS } from './testing/models';
import type { DownloadProgress, DownloadStore, Hub, HubModel } from './types';

const SIZE = 300_000;
const CUT = 100_000;
const weights = noise(SIZE);
const served = smallModel();

let server: HubServer;
let model: HubModel;
beforeAll(async () => {
  server = await startHubServer({ models: [served] });
  model = await findModel(hubWith(new MemoryDownloadStore()), ID);
});
afterEach(() => server.misbehave(undefined));
afterAll(() => server.close());

function hubWith(store: DownloadStore, token?: string): Hub {
  return { origin: server.origin, store, token: () => token };
}

/** Downloads with faults, in time that does not pass. @returns the requests for the weights, and each sleep */
async function download(store: DownloadStore, faults?: Misbehave, signal?: AbortSignal) {
  server.misbehave(faults);
  const from = server.requests.length;
  const clock = new TestClock();
  const progress: DownloadProgress[] = [];
  const onProgress = (report: DownloadProgress) => progress.push(report);
  const outcome = await downloadModel(hubWith(store), model, { clock, signal, onProgress }).then(
    (files) => ({ files, error: undefined }),
    (error: unknown) => ({ files: undefined, error }),
  );
  const requests = server.requests.slice(from);
  return { ...outcome, clock, progress, cdn: requests.filter(({ kind }) => kind === 'cdn'), requests };
}

const ranges = (requests: readonly { range?: string }[]) => requests.map(({ range }) => range);
const cdn = (...faults: Misbehaviour[]) => firstOnes('cdn', ...faults);

async function expectWhole(store: DownloadStore): Promise<void> {
  const { files, error } = await download(store);
  expect(error).toBeUndefined();
  expectBytes(await files!.read(WEIGHTS), weights);
  expect(await storedModels(store)).toEqual([
    { id: ID, revision: COMMIT, bytes: expect.any(Number), total: expect.any(Number), complete: true },
  ]);
}

test('a whole download is byte-equal, verified, and asked for once', async () => {
  const store = new MemoryDownloadStore();
  const first = await download(store);
  expect(first.error).toBeUndefined();
  const { files } = first;
  expect(files).toMatchObject({ id: ID, source: 'hub', revision: COMMIT });
  for (const { name, bytes, sha256 } of model.files) {
    const content = (served.files as Map<string, Uint8Array>).get(name)!;
    expectBytes(await files!.read(name), content);
    expectBytes(await all(await files!.open!(name)), content);
    expect(content.byteLength).toBe(bytes);
    expect(await files!.sha256!(name)).toBe(sha256);
  }
  expect(await files!.has('README.md')).toBe(false);
  await expect(files!.read('README.md')).rejects.toMatchObject({ code: 'bad-file' });
  const again = await download(store);
  expect(again.requests).toEqual([]);
  expectBytes(await again.files!.read(WEIGHTS), weights);
});

test('the progress ends at the total', async () => {
  const { progress } = await download(new MemoryDownloadStore());
  const total = model.files.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(progress[0]).toMatchObject({ file: 'config.json', loaded: 0, total });
  expect(progress.at(-1)).toMatchObject({ file: WEIGHTS, loaded: total, total });
});

test('after a cut it goes on from there, if the file is still the same', async () => {
  const { error, cdn: requests } = await download(
    new MemoryDownloadStore(),
    cdn({ cutAfter: CUT }, { cutAfter: CUT }),
  );
  expect(error).toBeUndefined();
  expect(requests).toHaveLength(3);
  expect(requests[0].range).toBeUndefined();
  expect(requests[1].headers['if-range']).toBe(`"${model.files.at(-1)!.sha256}"`);
  // What had arrived when the connection broke is known to the client alone; nothing is fetched twice.
  const [second, third] = ranges(requests.slice(1)).map((range) => Number(/^bytes=(\d+)-$/.exec(range!)![1]));
  expect(second).toBeGreaterThan(0);
  expect(second).toBeLessThanOrEqual(CUT);
  expect(third).toBeGreaterThan(second);
});

test('a new start goes on from what is kept, and tells how much is left', async () => {
  const store = new MemoryDownloadStore();
  const stop = new AbortController();
  const cutThenStop: Misbehave = (request) => {
    if (request.kind === 'cdn' && request.attempt === 1) stop.abort();
    return cdn({ cutAfter: CUT })(request);
  };
  expect((await download(store, cutThenStop, stop.signal)).error).toBeInstanceOf(Cancelled);
  const [{ bytes, total, complete }] = await storedModels(store);
  expect(complete).toBe(false);
  expect(bytes).toBeGreaterThan(CUT / 2);
  expect(await bytesToFetch(hubWith(store), model)).toBe(total - bytes);
  const next = await download(store);
  expect(ranges(next.cdn)).toEqual([`bytes=${SIZE - (total - bytes)}-`]);
  expect(next.progress.some(({ waiting }) => waiting === `Checking what is kept of ${WEIGHTS}.`)).toBe(true);
  await expectWhole(store);
});

test.each<[string, Misbehaviour]>([
  ['another begin', { contentRange: `bytes 0-${SIZE - 1}/${SIZE}` }],
  ['another total', { contentRange: `bytes ${CUT}-${SIZE}/${SIZE + 1}` }],
  ['no sense', { contentRange: 'bytes something' }],
  ['none at all', { headers: { 'content-range': undefined } }],
])('a part whose range has %s is refused, and the whole file fetched', async (_, fault) => {
  const store = new MemoryDownloadStore();
  const { error, cdn: requests } = await download(store, cdn({ cutAfter: CUT }, fault));
  expect(error).toBeUndefined();
  expect(ranges(requests)).toEqual([undefined, expect.stringMatching(/^bytes=/), undefined]);
  await expectWhole(store);
});

test('bytes of another place of the file than the range says do not survive', async () => {
  const store = new MemoryDownloadStore();
  const shifted = (bytes: Uint8Array) => Uint8Array.from(bytes, (_, i) => bytes[(i + 1) % bytes.length]);
  const { error } = await download(store, cdn({ cutAfter: CUT }, { corrupt: shifted }));
  expect(error).toBeUndefined();
  await expectWhole(store);
});

test('the whole file instead of a part starts it again', async () => {
  const store = new MemoryDownloadStore();
  const { error } = await download(store, cdn({ cutAfter: CUT }, { ignoreRange: true }));
  expect(error).toBeUndefined();
  await expectWhole(store);
});

test('a tag that changed between cuts starts it again', async () => {
  const store = new MemoryDownloadStore();
  const { error, cdn: requests } = await download(
    store,
    cdn({ cutAfter: CUT, etag: '"before"' }, { etag: '"after"' }),
  );
  expect(error).toBeUndefined();
  expect(requests[1].headers['if-range']).toBe('"before"');
  expect(requests).toHaveLength(2);
  await expectWhole(store);
});

test('a part of a file whose tag changed, sent although If-Range forbade it, is refused', async () => {
  const store = new MemoryDownloadStore();
  const { error, cdn: requests } = await download(
    store,
    cdn({ cutAfter: CUT, etag: '"before"' }, { etag: '"before"', headers: { etag: '"after"' } }),
  );
  expect(error).toBeUndefined();
  expect(ranges(requests)).toEqual([undefined, expect.stringMatching(/^bytes=/), undefined]);
  await expectWhole(store);
});

test('a weak tag is not asked for again', async () => {
  const { error, cdn: requests } = await download(
    new MemoryDownloadStore(),
    cdn({ cutAfter: CUT, headers: { etag: 'W/"weak"' } }),
  );
  expect(error).toBeUndefined();
  expect(requests.map(({ headers }) => headers['if-range'])).toEqual([undefined, undefined]);
  expect(requests[1].range).toMatch(/^bytes=/);
});

test('where a request with If-Range does not get through, it goes on without', async () => {
  const { error, cdn: requests } = await download(
    new MemoryDownloadStore(),
    cdn({ cutAfter: CUT }, { hangUp: true }),
  );
  expect(error).toBeUndefined();
  expect(requests.map(({ headers }) => 'if-range' in headers)).toEqual([false, true, false]);
  expect(requests[2].range).toBe(requests[1].range);
});

test('one wrong checksum is fetched again from the beginning', async () => {
  const store = new MemoryDownloadStore();
  const flipped = (bytes: Uint8Array) => bytes.fill(bytes[0] ^ 1, 0, 1);
  const { error, cdn: requests, progress } = await download(store, cdn({ corrupt: flipped }));
  expect(error).toBeUndefined();
  expect(ranges(requests)).toEqual([undefined, undefined]);
  expect(progress.some(({ waiting }) => /wrong checksum/.test(waiting ?? ''))).toBe(true);
  await expectWhole(store);
});

test.each([
  ['cdn', WEIGHTS],
  ['resolve', 'config.json'],
])('checksums that stay wrong are a sentence, and nothing of the file is kept (%s)', async (kind, name) => {
  const store = new MemoryDownloadStore();
  const flipped = (bytes: Uint8Array) => bytes.fill(bytes[0] ^ 1, 0, 1);
  const { error } = await download(store, (request) =>
    request.kind === kind && request.file === name ? { corrupt: flipped } : undefined,
  );
  expect(error).toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`${name} did not arrive with the checksum`),
  });
  expect((await store.read(`${ID}/${COMMIT}/${name}`))!.size).toBe(0);
  await expectWhole(store);
});

test('waits as long as the server asks, in seconds or until a date', async () => {
  const store = new MemoryDownloadStore();
  const at = new Date(new TestClock().time + 3000 + 40_000).toUTCString();
  const { error, clock, progress } = await download(
    store,
    cdn({ status: 429, headers: { 'retry-after': '3' } }, { status: 429, headers: { 'retry-after': at } }),
  );
  expect(error).toBeUndefined();
  expect(clock.sleeps).toEqual([3000, 40_000]);
  expect(progress.map(({ waiting }) => waiting).filter(Boolean)).toEqual([
    'The hub asks for a pause (429); the next attempt is in 3 s.',
    'The hub asks for a pause (429); the next attempt is in 40 s.',
  ]);
});

test.each<[string, Misbehaviour, string, RegExp]>([
  ['404', { status: 404 }, 'bad-input', /has no file model\.safetensors/],
  ['401', { status: 401 }, 'bad-input', /no public model/],
  ['410', { status: 410 }, 'bad-input', /has no file/],
  ['400', { status: 400 }, 'network', /answered 400/],
  ['500 that stays', { status: 500 }, 'network', /answered 500/],
  ['a sign-in page', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'network', /sign-in page/],
  ['hang-ups that stay', { hangUp: true }, 'network', /cannot be reached/],
  ['a file that is cut where it was before', { cutAfter: CUT, ignoreRange: true }, 'network', /cut/],
  ['a shard that ends early for good', { shortBy: 1000, ignoreRange: true }, 'network', /ended early/],
])('%s is a sentence, and the download goes on when all is well', async (_, fault, code, message) => {
  const store = new MemoryDownloadStore();
  const { error } = await download(store, ({ kind }) => (kind === 'cdn' ? fault : undefined));
  expect(error).toMatchObject({ code, message: expect.stringMatching(message), remedy: expect.any(String) });
  await expectWhole(store);
});

test('a shard that is shorter than the hub lists is a sentence', async () => {
  const store = new MemoryDownloadStore();
  const short = (bytes: Uint8Array) => bytes.slice(0, -1000);
  const { error } = await download(store, ({ kind }) => (kind === 'cdn' ? { corrupt: short } : undefined));
  expect(error).toMatchObject({ code: 'network', message: expect.stringContaining(WEIGHTS) });
  await expectWhole(store);
});

test('bytes past the end of a file are not kept', async () => {
  const store = new MemoryDownloadStore();
  const long = (bytes: Uint8Array) => Uint8Array.from([...bytes, 1, 2, 3]);
  const { error } = await download(store, ({ kind }) => (kind === 'cdn' ? { corrupt: long } : undefined));
  expect(error).toBeUndefined();
  await expectWhole(store);
});

test('a server that falls silent is asked again', async () => {
  const store = new MemoryDownloadStore();
  const clock = new TestClock();
  server.misbehave(
    cdn({
      drip: {
        chunk: 50_000,
        // The third chunk never comes; the client's patience ends once the first two are kept.
        next: async (sent) => {
          if (sent < 100_000) return;
          while ((await storedModels(store))[0].bytes < 100_000) await new Promise(setImmediate);
          clock.ring();
          await new Promise(() => {});
        },
      },
    }),
  );
  const waits: (string | undefined)[] = [];
  const onProgress = ({ waiting }: DownloadProgress) => waits.push(waiting);
  const files = await downloadModel(hubWith(store), model, { clock, onProgress });
  expectBytes(await files.read(WEIGHTS), weights);
  expect(waits).toContain('Nothing arrived for 30 s; the next attempt is in 1 s.');
  expect(server.requests.at(-1)!.range).toBe('bytes=100000-');
});

test('the token goes to the hub and not to where it sends us', async () => {
  const secret = 'hf_secret';
  const from = server.requests.length;
  const files = await downloadModel(hubWith(new MemoryDownloadStore(), secret), model);
  expectBytes(await files.read(WEIGHTS), weights);
  const requests = server.requests.slice(from);
  const sent = (kind: string) =>
    requests.filter((request) => request.kind === kind).map(({ headers }) => headers.authorization);
  expect(sent('resolve')).toEqual(Array(3).fill(`Bearer ${secret}`));
  expect(sent('cdn')).toEqual([undefined]);
});

test('of two downloads at once one fetches and the other finds it whole', async () => {
  const store = new MemoryDownloadStore();
  const from = server.requests.length;
  const waits: (string | undefined)[] = [];
  const both = await Promise.all([
    downloadModel(hubWith(store), model),
    downloadModel(hubWith(store), model, { onProgress: ({ waiting }) => waits.push(waiting) }),
  ]);
  for (const files of both) expectBytes(await files.read(WEIGHTS), weights);
  expect(server.requests.slice(from).filter(({ kind }) => kind === 'cdn')).toHaveLength(1);
  expect(waits[0]).toMatch(/^Another tab or process is downloading/);
});

test('while it waits for another it can be stopped', async () => {
  const store = new MemoryDownloadStore();
  const stop = new AbortController();
  const first = downloadModel(hubWith(store), model);
  const second = downloadModel(hubWith(store), model, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(second).rejects.toBeInstanceOf(Cancelled);
  expectBytes(await (await first).read(WEIGHTS), weights);
});

test('says beforehand how much room is missing, and fetches nothing', async () => {
  const { error, requests } = await download(new MemoryDownloadStore(200_000));
  expect(error).toMatchObject({
    code: 'storage',
    message: `${ID} needs 0.4 MB more, but only 0.2 MB are free here.`,
    remedy: expect.stringContaining('0.2 MB'),
  });
  expect(requests).toEqual([]);
});

test('room that runs out underway is a sentence with what is missing; what has arrived stays', async () => {
  class Optimistic extends MemoryDownloadStore {
    override async free(): Promise<number | undefined> {
      return undefined;
    }
  }
  const store = new Optimistic(200_000);
  const { error } = await download(store);
  expect(error).toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/no more room\. 0\.\d MB of someone\/small-model are still missing\.$/),
  });
  expect((await storedModels(store))[0]).toMatchObject({ complete: false });
});

test('a part that cannot be begun anew is closed: who tries again must not find it in use', async () => {
  let open = 0;
  class Stubborn extends MemoryDownloadStore {
    override async write(path: string) {
      const writer = await super.write(path);
      if (!path.endsWith(WEIGHTS)) return writer;
      open++;
      const truncate = () => Promise.reject(new LabError('storage', 'It cannot be cut.', 'Try again.'));
      return Object.assign(writer, { truncate, close: async () => void open-- });
    }
  }
  const store = new Stubborn();
  // More than the file has: none of it can be used.
  await (await store.write(`${ID}/${COMMIT}/${WEIGHTS}`)).write(0, noise(SIZE + 1));
  open = 0;
  const { error } = await download(store);
  expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('It cannot be cut.') });
  expect(open).toBe(0);
});

test('a file without a checksum is not asked for', async () => {
  const from = server.requests.length;
  const unchecked = { ...model, files: [{ name: WEIGHTS, bytes: SIZE }] };
  await expect(downloadModel(hubWith(new MemoryDownloadStore()), unchecked)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`lists no checksum for ${WEIGHTS}`),
  });
  expect(server.requests.slice(from)).toEqual([]);
});
