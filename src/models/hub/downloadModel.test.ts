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
import { readAll, COMMIT, expectBytes, ID, noise, smallModel, WEIGHTS } from './testing/models';
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

/** Downloads with faults and a test clock. @returns the outcome, the requests and the clock with its sleeps */
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

test('a complete download is byte-equal, verified, and requested once', async () => {
  const store = new MemoryDownloadStore();
  const first = await download(store);
  expect(first.error).toBeUndefined();
  const { files } = first;
  expect(files).toMatchObject({ id: ID, source: 'hub', revision: COMMIT });
  for (const { name, bytes, sha256 } of model.files) {
    const content = (served.files as Map<string, Uint8Array>).get(name)!;
    expectBytes(await files!.read(name), content);
    expectBytes(await readAll(await files!.open!(name)), content);
    expect(content.byteLength).toBe(bytes);
    expect(await files!.sha256!(name)).toBe(sha256);
  }
  expect(await files!.has('README.md')).toBe(false);
  await expect(files!.read('README.md')).rejects.toMatchObject({ code: 'bad-file' });
  const again = await download(store);
  expect(again.requests).toEqual([]);
  expectBytes(await again.files!.read(WEIGHTS), weights);
});

test('progress ends at the total', async () => {
  const { progress } = await download(new MemoryDownloadStore());
  const total = model.files.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(progress[0]).toMatchObject({ file: 'config.json', loaded: 0, total });
  expect(progress.at(-1)).toMatchObject({ file: WEIGHTS, loaded: total, total });
});

test('resumes after an interruption if the file is still the same', async () => {
  const { error, cdn: requests } = await download(
    new MemoryDownloadStore(),
    cdn({ cutAfter: CUT }, { cutAfter: CUT }),
  );
  expect(error).toBeUndefined();
  expect(requests).toHaveLength(3);
  expect(requests[0].range).toBeUndefined();
  expect(requests[1].headers['if-range']).toBe(`"${model.files.at(-1)!.sha256}"`);
  // Only the client knows how much had arrived when the connection broke. No byte is fetched twice.
  const [second, third] = ranges(requests.slice(1)).map((range) => Number(/^bytes=(\d+)-$/.exec(range!)![1]));
  expect(second).toBeGreaterThan(0);
  expect(second).toBeLessThanOrEqual(CUT);
  expect(third).toBeGreaterThan(second);
});

test('a new download resumes from the stored bytes and knows how many are missing', async () => {
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
  expect(next.progress.some(({ waiting }) => waiting === `Checking the stored part of ${WEIGHTS}.`)).toBe(
    true,
  );
  await expectWhole(store);
});

test.each<[string, Misbehaviour]>([
  ['another beginning', { contentRange: `bytes 0-${SIZE - 1}/${SIZE}` }],
  ['another total', { contentRange: `bytes ${CUT}-${SIZE}/${SIZE + 1}` }],
  ['an invalid value', { contentRange: 'bytes something' }],
  ['no value', { headers: { 'content-range': undefined } }],
])('a part whose range has %s is refused, and the whole file is fetched', async (_, fault) => {
  const store = new MemoryDownloadStore();
  const { error, cdn: requests } = await download(store, cdn({ cutAfter: CUT }, fault));
  expect(error).toBeUndefined();
  expect(ranges(requests)).toEqual([undefined, expect.stringMatching(/^bytes=/), undefined]);
  await expectWhole(store);
});

test('bytes from another position than their range are discarded', async () => {
  const store = new MemoryDownloadStore();
  const shifted = (bytes: Uint8Array) => Uint8Array.from(bytes, (_, i) => bytes[(i + 1) % bytes.length]);
  const { error } = await download(store, cdn({ cutAfter: CUT }, { corrupt: shifted }));
  expect(error).toBeUndefined();
  await expectWhole(store);
});

test('restarts a file if the whole file arrives instead of a part', async () => {
  const store = new MemoryDownloadStore();
  const { error } = await download(store, cdn({ cutAfter: CUT }, { ignoreRange: true }));
  expect(error).toBeUndefined();
  await expectWhole(store);
});

test('restarts a file if its tag has changed after an interruption', async () => {
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

test('refuses a part of a changed file that was sent despite If-Range', async () => {
  const store = new MemoryDownloadStore();
  const { error, cdn: requests } = await download(
    store,
    cdn({ cutAfter: CUT, etag: '"before"' }, { etag: '"before"', headers: { etag: '"after"' } }),
  );
  expect(error).toBeUndefined();
  expect(ranges(requests)).toEqual([undefined, expect.stringMatching(/^bytes=/), undefined]);
  await expectWhole(store);
});

test('does not send a weak tag in If-Range', async () => {
  const { error, cdn: requests } = await download(
    new MemoryDownloadStore(),
    cdn({ cutAfter: CUT, headers: { etag: 'W/"weak"' } }),
  );
  expect(error).toBeUndefined();
  expect(requests.map(({ headers }) => headers['if-range'])).toEqual([undefined, undefined]);
  expect(requests[1].range).toMatch(/^bytes=/);
});

test('resumes without If-Range if a request with it fails', async () => {
  const { error, cdn: requests } = await download(
    new MemoryDownloadStore(),
    cdn({ cutAfter: CUT }, { hangUp: true }),
  );
  expect(error).toBeUndefined();
  expect(requests.map(({ headers }) => 'if-range' in headers)).toEqual([false, true, false]);
  expect(requests[2].range).toBe(requests[1].range);
});

test('fetches a file again after a wrong checksum', async () => {
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
])('repeated wrong checksums give an error, and the file is deleted (%s)', async (kind, name) => {
  const store = new MemoryDownloadStore();
  const flipped = (bytes: Uint8Array) => bytes.fill(bytes[0] ^ 1, 0, 1);
  const { error } = await download(store, (request) =>
    request.kind === kind && request.file === name ? { corrupt: flipped } : undefined,
  );
  expect(error).toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`${name} did not have the checksum`),
  });
  expect((await store.read(`${ID}/${COMMIT}/${name}`))!.size).toBe(0);
  await expectWhole(store);
});

test('waits as long as the server requests, in seconds or until a date', async () => {
  const store = new MemoryDownloadStore();
  const at = new Date(new TestClock().time + 3000 + 40_000).toUTCString();
  const { error, clock, progress } = await download(
    store,
    cdn({ status: 429, headers: { 'retry-after': '3' } }, { status: 429, headers: { 'retry-after': at } }),
  );
  expect(error).toBeUndefined();
  expect(clock.sleeps).toEqual([3000, 40_000]);
  expect(progress.map(({ waiting }) => waiting).filter(Boolean)).toEqual([
    'The hub requests a pause (429); the next attempt is in 3 s.',
    'The hub requests a pause (429); the next attempt is in 40 s.',
  ]);
});

test.each<[string, Misbehaviour, string, RegExp]>([
  ['404', { status: 404 }, 'bad-input', /has no file model\.safetensors/],
  ['401', { status: 401 }, 'bad-input', /no public model/],
  ['410', { status: 410 }, 'bad-input', /has no file/],
  ['400', { status: 400 }, 'network', /answered 400/],
  ['repeated 500', { status: 500 }, 'network', /answered 500/],
  ['a sign-in page', { body: '<html>', headers: { 'content-type': 'text/html' } }, 'network', /sign-in page/],
  ['repeated connection failures', { hangUp: true }, 'network', /cannot be reached/],
  [
    'a file that is interrupted at the same byte',
    { cutAfter: CUT, ignoreRange: true },
    'network',
    /interrupted/,
  ],
  ['a shard that always ends early', { shortBy: 1000, ignoreRange: true }, 'network', /ended early/],
])('%s gives an error, and the next download resumes', async (_, fault, code, message) => {
  const store = new MemoryDownloadStore();
  const { error } = await download(store, ({ kind }) => (kind === 'cdn' ? fault : undefined));
  expect(error).toMatchObject({ code, message: expect.stringMatching(message), remedy: expect.any(String) });
  await expectWhole(store);
});

test('a shard that is shorter than listed gives an error', async () => {
  const store = new MemoryDownloadStore();
  const short = (bytes: Uint8Array) => bytes.slice(0, -1000);
  const { error } = await download(store, ({ kind }) => (kind === 'cdn' ? { corrupt: short } : undefined));
  expect(error).toMatchObject({ code: 'network', message: expect.stringContaining(WEIGHTS) });
  await expectWhole(store);
});

test('bytes beyond the end of a file are discarded', async () => {
  const store = new MemoryDownloadStore();
  const long = (bytes: Uint8Array) => Uint8Array.from([...bytes, 1, 2, 3]);
  const { error } = await download(store, ({ kind }) => (kind === 'cdn' ? { corrupt: long } : undefined));
  expect(error).toBeUndefined();
  await expectWhole(store);
});

test('retries if the server stops sending', async () => {
  const store = new MemoryDownloadStore();
  const clock = new TestClock();
  server.misbehave(
    cdn({
      drip: {
        chunk: 50_000,
        // The third chunk never comes; the timeout fires once the first two are stored.
        next: async (sent) => {
          if (sent < 100_000) return;
          while ((await storedModels(store))[0].bytes < 100_000) await new Promise(setImmediate);
          clock.fireTimers();
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

test('sends the token to the hub, but not to the host it redirects to', async () => {
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

test('of two simultaneous downloads, one fetches and the other finds the model complete', async () => {
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

test('can be cancelled while it waits for another download', async () => {
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

test('reports missing space in advance and fetches nothing', async () => {
  const { error, requests } = await download(new MemoryDownloadStore(200_000));
  expect(error).toMatchObject({
    code: 'storage',
    message: `${ID} needs 0.4 MB more, but only 0.2 MB are free.`,
    remedy: expect.stringContaining('0.2 MB'),
  });
  expect(requests).toEqual([]);
});

test('reports missing space during the download and keeps the stored part', async () => {
  class Optimistic extends MemoryDownloadStore {
    override async free(): Promise<number | undefined> {
      return undefined;
    }
  }
  const store = new Optimistic(200_000);
  const { error } = await download(store);
  expect(error).toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/no more space\. 0\.\d MB of someone\/small-model are still missing\.$/),
  });
  expect((await storedModels(store))[0]).toMatchObject({ complete: false });
});

test('closes a part that cannot be restarted, so that a retry does not find it in use', async () => {
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
  // More bytes than the file has, so that the part must be restarted.
  await (await store.write(`${ID}/${COMMIT}/${WEIGHTS}`)).write(0, noise(SIZE + 1));
  open = 0;
  const { error } = await download(store);
  expect(error).toMatchObject({ code: 'storage', message: expect.stringContaining('It cannot be cut.') });
  expect(open).toBe(0);
});

test('does not request a file without a checksum', async () => {
  const from = server.requests.length;
  const unchecked = { ...model, files: [{ name: WEIGHTS, bytes: SIZE }] };
  await expect(downloadModel(hubWith(new MemoryDownloadStore()), unchecked)).rejects.toMatchObject({
    code: 'bad-file',
    message: expect.stringContaining(`lists no checksum for ${WEIGHTS}`),
  });
  expect(server.requests.slice(from)).toEqual([]);
});
