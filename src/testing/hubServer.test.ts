import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { firstOnes, startHubServer, type HubServer } from './hubServer';

const REVISION = '0123456789abcdef0123456789abcdef01234567';
const WEIGHTS = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
const CONFIG = new TextEncoder().encode('{"model_type":"gpt2"}\n');
const FILES = new Map([
  ['config.json', CONFIG],
  ['model.safetensors', WEIGHTS],
  ['onnx/model.onnx', WEIGHTS.subarray(0, 10)],
]);
/** Computed by `sha256sum` and `git hash-object`. */
const SHA256 = 'e24bc62381f1224fbbb74688663f8f9743b9680b193edd666835e97b06e730eb';
const CONFIG_BLOB = '2b479e476b02226ff558d2b17087f02c1b944109';
const folder = mkdtempSync(join(tmpdir(), 'bitcurve-hub-'));
let hub: HubServer;

beforeAll(async () => {
  mkdirSync(join(folder, 'onnx'));
  for (const [name, bytes] of FILES) writeFileSync(join(folder, name), bytes);
  hub = await startHubServer({
    pageSize: 2,
    models: [
      { id: 'owner/small', revision: REVISION, files: FILES, licence: 'mit' },
      { id: 'owner/folder', revision: REVISION, files: folder },
      { id: 'owner/secret', revision: REVISION, files: FILES, private: 'hf_right' },
      { id: 'owner/gated', revision: REVISION, files: FILES, gated: 'hf_right' },
    ],
  });
});
afterAll(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  hub.misbehave(undefined);
  hub.requests.length = 0;
});

const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(hub.origin + path, { headers, ...init });
const weights = (headers: Record<string, string> = {}) =>
  get(`/owner/small/resolve/${REVISION}/model.safetensors`, headers);
/** An element-wise comparison takes seconds. */
const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe('API of the hub', () => {
  test.each(['/api/models/owner/small', '/api/models/owner/small/revision/main'])(
    '%s names the commit and the licence',
    async (path) => {
      const info = (await (await get(path)).json()) as Record<string, unknown>;
      expect(info).toMatchObject({ id: 'owner/small', sha: REVISION, cardData: { license: 'mit' } });
    },
  );

  test('the file list is paginated and has the checksums of git and sha256sum', async () => {
    const entries: unknown[] = [];
    let next: string | undefined = `/api/models/owner/folder/tree/${REVISION}?recursive=true`;
    let pages = 0;
    for (; next; pages++) {
      const response: Response = await get(next);
      entries.push(...((await response.json()) as unknown[]));
      next = /^<([^>]+)>; rel="next"$/
        .exec(response.headers.get('link') ?? '')?.[1]
        ?.slice(hub.origin.length);
    }
    expect(pages).toBe(2);
    expect(entries).toMatchObject([
      { type: 'file', path: 'config.json', size: 22, oid: CONFIG_BLOB },
      { type: 'file', path: 'model.safetensors', size: 200_000, lfs: { oid: SHA256, size: 200_000 } },
      { type: 'directory', path: 'onnx', size: 0 },
      { type: 'file', path: 'onnx/model.onnx', size: 10 },
    ]);
  });

  test.each([
    ['/api/models/owner/none', {}, 401, null],
    ['/api/models/owner/none', { authorization: 'Bearer hf_any' }, 404, 'RepoNotFound'],
    ['/api/models/owner/small/revision/other', {}, 404, 'RevisionNotFound'],
    [`/owner/small/resolve/${REVISION}/none.json`, {}, 404, 'EntryNotFound'],
    ['/api/models/owner/secret', {}, 401, null],
    ['/api/models/owner/secret', { authorization: 'Bearer hf_wrong' }, 401, null],
    ['/api/models/owner/secret', { authorization: 'Bearer hf_right' }, 200, null],
    ['/api/models/owner/gated', {}, 200, null],
    ['/owner/gated/resolve/main/config.json', {}, 401, 'GatedRepo'],
    ['/owner/gated/resolve/main/config.json', { authorization: 'Bearer hf_wrong' }, 403, 'GatedRepo'],
    ['/owner/gated/resolve/main/config.json', { authorization: 'Bearer hf_right' }, 200, null],
    ['/elsewhere', {}, 404, null],
  ] as [string, Record<string, string>, number, string | null][])(
    '%s with %j: %i, %s',
    async (path, headers, status, code) => {
      const response = await get(path, headers);
      expect([response.status, response.headers.get('x-error-code')]).toEqual([status, code]);
    },
  );
});

describe('files', () => {
  test('the hub sends small files itself and redirects large ones to a second host, which gets no token', async () => {
    const headers = { authorization: 'Bearer hf_right' };
    const small = await get('/owner/secret/resolve/main/config.json', headers);
    expect(equal(await bytesOf(small), CONFIG)).toBe(true);
    expect(small.headers.get('etag')).toBe(`"${CONFIG_BLOB}"`);
    const large = await get('/owner/secret/resolve/main/model.safetensors', headers);
    expect(large.url.startsWith(`${hub.cdn}/`)).toBe(true);
    expect(equal(await bytesOf(large), WEIGHTS)).toBe(true);
    expect(hub.requests.map(({ kind, status, headers: h }) => [kind, status, 'authorization' in h])).toEqual([
      ['resolve', 200, true],
      ['resolve', 302, true],
      ['cdn', 200, false],
    ]);
  });

  test('the second host refuses an unsigned address', async () =>
    expect((await fetch(`${hub.cdn}/repos/owner/small/${REVISION}/model.safetensors`)).status).toBe(403));

  test('the redirect states the size and checksum of the file', async () => {
    const path = `/owner/small/resolve/${REVISION}/model.safetensors`;
    const response = await get(path, {}, { redirect: 'manual', method: 'HEAD' });
    expect(response.status).toBe(302);
    expect(response.headers.get('x-linked-size')).toBe('200000');
    expect(response.headers.get('x-linked-etag')).toBe(`"${SHA256}"`);
    expect(response.headers.get('x-repo-commit')).toBe(REVISION);
  });

  test('HEAD is answered with headers and no body', async () => {
    const response = await get('/owner/small/resolve/main/config.json', {}, { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('22');
    expect((await bytesOf(response)).byteLength).toBe(0);
  });

  test.each([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=1000-', 206, 1000, 200_000],
    ['bytes=1000-1999', 206, 1000, 2000],
    ['bytes=199999-300000', 206, 199_999, 200_000],
    ['bytes=-5', 206, 199_995, 200_000],
    ['bytes=5-4', 200, 0, 200_000],
    ['bytes=0-1,3-4', 200, 0, 200_000],
    ['bytes=-', 200, 0, 200_000],
    ['lines=0-1', 200, 0, 200_000],
  ])('%s: %i', async (range, status, begin, end) => {
    const response = await weights({ range });
    const said = status === 206 ? `bytes ${begin}-${end - 1}/200000` : null;
    expect([response.status, response.headers.get('content-range')]).toEqual([status, said]);
    expect(equal(await bytesOf(response), WEIGHTS.subarray(begin, end))).toBe(true);
  });

  test.each(['bytes=200000-', 'bytes=-0'])('%s cannot be had', async (range) => {
    const response = await weights({ range });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */200000']);
  });

  test.each([
    [`"${SHA256}"`, 206],
    ['"another"', 200],
    [`W/"${SHA256}"`, 200],
    ['Tue, 01 Jul 2025 00:00:00 GMT', 200],
  ])('If-Range %s: %i', async (condition, status) => {
    const response = await weights({ range: 'bytes=10-', 'if-range': condition });
    expect(response.status).toBe(status);
    await response.body?.cancel();
  });

  test('CORS allows other origins, and the headers of a resumed download', async () => {
    const preflight = await get('/owner/small/resolve/main/model.safetensors', {}, { method: 'OPTIONS' });
    expect(preflight.ok).toBe(true);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Authorization, Range, If-Range');
    const response = await weights({ range: 'bytes=1-2' });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toContain('Content-Range');
    await response.body?.cancel();
  });
});

describe('misbehaviour', () => {
  test('the connection drops after a number of bytes', async () => {
    hub.misbehave(firstOnes('cdn', { cutAfter: 70_000 }));
    const response = await weights();
    expect(response.headers.get('content-length')).toBe('200000');
    let received = 0;
    const read = async () => {
      for await (const chunk of response.body!) received += chunk.byteLength;
    };
    await expect(read()).rejects.toThrow(/terminated/);
    expect(received).toBe(70_000);
    expect(equal(await bytesOf(await weights()), WEIGHTS)).toBe(true);
    expect(hub.requests.map(({ bytesSent }) => bytesSent).filter((n) => n >= 70_000)).toEqual([
      70_000, 200_000,
    ]);
  });

  test('the connection drops before a response', async () => {
    hub.misbehave(firstOnes('revision', { hangUp: true }));
    await expect(get('/api/models/owner/small')).rejects.toThrow(/fetch failed/);
  });

  test('refusals with Retry-After, counted per file', async () => {
    const busy = { status: 429, headers: { 'retry-after': '7' } };
    hub.misbehave(firstOnes('resolve', busy, { status: 503 }));
    const config = () => get('/owner/small/resolve/main/config.json');
    const first = await config();
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '7']);
    expect([(await config()).status, (await config()).status]).toEqual([503, 200]);
    expect((await get('/owner/folder/resolve/main/config.json')).status).toBe(429);
  });

  test('wrong ranges, another ETag, wrong and missing bytes', async () => {
    hub.misbehave(
      firstOnes(
        'cdn',
        { contentRange: 'bytes 5-9/200000' },
        { ignoreRange: true },
        { etag: '"new"' },
        { shortBy: 50_000 },
        { corrupt: (bytes) => bytes.fill(0) },
      ),
    );
    const resumed = { range: 'bytes=100-', 'if-range': `"${SHA256}"` };
    const wrong = await weights(resumed);
    expect([wrong.status, wrong.headers.get('content-range')]).toEqual([206, 'bytes 5-9/200000']);
    expect((await bytesOf(wrong)).byteLength).toBe(199_900);
    expect(equal(await bytesOf(await weights(resumed)), WEIGHTS)).toBe(true);
    const changed = await weights(resumed);
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"new"']);
    await changed.body?.cancel();
    expect(equal(await bytesOf(await weights()), WEIGHTS.subarray(0, 150_000))).toBe(true);
    expect((await bytesOf(await weights())).every((byte) => byte === 0)).toBe(true);
  });

  test('the test releases the bytes of a response', async () => {
    const waiting: (() => void)[] = [];
    const next = () => new Promise<void>((resolve) => waiting.push(resolve));
    hub.misbehave(firstOnes('resolve', { drip: { chunk: 10, next } }));
    const response = await get('/owner/small/resolve/main/config.json');
    const reader = response.body!.getReader();
    for (const expected of [10, 10, 2]) {
      waiting.shift()!();
      expect((await reader.read()).value?.byteLength).toBe(expected);
    }
    expect((await reader.read()).done).toBe(true);
  });

  test('a replaced response, and a redirect to another address', async () => {
    const location = `${hub.origin}/owner/folder/resolve/main/config.json`;
    hub.misbehave(({ kind, model }) => {
      if (kind === 'tree') return { body: '[{' };
      return model === 'owner/small' ? { location } : undefined;
    });
    expect(await (await get('/api/models/owner/small/tree/main')).text()).toBe('[{');
    expect(equal(await bytesOf(await weights()), CONFIG)).toBe(true);
  });
});
