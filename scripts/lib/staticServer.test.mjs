import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve, staticHandler } from './staticServer.mjs';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-serve-'));
const root = join(folder, 'page');
const server = createServer(staticHandler(root));

beforeAll(async () => {
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(root, 'index.html'), '<title>page</title>');
  for (const name of ['a.wasm', 'b.mjs', 'c.safetensors', 'with space.json'])
    writeFileSync(join(root, 'assets', name), name);
  symlinkSync(join(folder, 'secret.txt'), join(root, 'link.txt'));
  mkdirSync(join(folder, 'page-private'));
  writeFileSync(join(folder, 'page-private', 'secret.txt'), 'secret');
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

/** Sends the path unchanged; fetch would normalise it. */
function get(path, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const { port } = server.address();
    request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('paths out of the folder are not found', () => {
  test.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/../../secret.txt',
    '/assets/%2e%2e%5c..%5csecret.txt',
    '/..%5csecret.txt',
    '/%00secret.txt',
    '/link.txt',
    '//../secret.txt',
    '/../page-private/secret.txt',
    '/%E0%A4%A',
  ])('%s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });
});

describe('files in the folder', () => {
  test('a folder serves its index.html', async () => {
    expect(await get('/')).toMatchObject({ status: 200, body: '<title>page</title>' });
    expect((await get('/?preset=quick#x')).status).toBe(200);
  });

  test.each([
    ['/assets/a.wasm', 'application/wasm'],
    ['/assets/b.mjs', 'text/javascript; charset=utf-8'],
    ['/assets/c.safetensors', 'application/octet-stream'],
    ['/assets/with%20space.json', 'application/json; charset=utf-8'],
  ])('%s is %s', async (path, type) => {
    const { status, headers } = await get(path);
    expect([status, headers['content-type']]).toEqual([200, type]);
  });

  test('are cross-origin isolated and revalidated by ETag', async () => {
    const { headers } = await get('/');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect((await get('/', { headers: { 'If-None-Match': headers.etag } })).status).toBe(304);
  });

  test('HEAD returns no body, and other methods are refused', async () => {
    expect(await get('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect((await get('/', { method: 'POST' })).status).toBe(405);
  });
});

test('a port in use is an error with a remedy', async () => {
  const { port } = server.address();
  await expect(serve(root, port)).rejects.toMatchObject({
    message: `Port ${port} is in use by another program.`,
    remedy: expect.stringContaining('--port'),
  });
});
