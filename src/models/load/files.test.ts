import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import { fetchFiles } from './files';

const body = Buffer.from('0123456789');

/** A static file server with faults that real ones have. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url!.replace('/models/m/', '');
  if (path === 'good.bin' || path === 'a%20b/c.bin')
    response.setHeader('content-length', body.length).end(body);
  else if (path === 'page.bin') response.setHeader('content-type', 'text/html; charset=utf-8').end('<html>');
  else if (path === 'cut.bin') {
    response.setHeader('content-length', 20);
    response.write(body, () => response.destroy());
  } else if (path === 'slow.bin') response.write(body);
  else response.writeHead(404).end();
}

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/m`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const open = (files?: string[]) => fetchFiles({ id: 'm', source: 'test', revision: '1', url, files });

async function failure(promise: Promise<unknown>): Promise<LabError> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(LabError);
  return error as LabError;
}

describe('fetchFiles', () => {
  it('reads a file and reports its bytes', async () => {
    const seen: [number, number | undefined][] = [];
    const bytes = await open().read('good.bin', { onProgress: (...progress) => seen.push(progress) });
    expect(Buffer.from(bytes)).toEqual(body);
    expect(seen.at(-1)).toEqual([10, 10]);
    expect((await open().read('a b/c.bin')).length).toBe(10);
  });

  it('knows which files exist, from requests or from its list', async () => {
    expect(await open().has('good.bin')).toBe(true);
    expect(await open().has('none.bin')).toBe(false);
    expect(await open().has('page.bin')).toBe(false);
    expect(await open(['none.bin']).has('none.bin')).toBe(true);
    expect(await open([]).has('good.bin')).toBe(false);
  });

  it('names the file if it is missing, an error page or truncated, or the host is unreachable', async () => {
    expect(await failure(open().read('none.bin'))).toMatchObject({
      code: 'network',
      message: expect.stringMatching(/none\.bin.*404/),
    });
    expect((await failure(open().read('page.bin'))).message).toMatch(/page\.bin.*web page/);
    expect((await failure(open().read('cut.bin'))).code).toBe('network');
    const gone = fetchFiles({ id: 'm', source: 'test', revision: '1', url: 'http://127.0.0.1:1/' });
    expect((await failure(gone.read('x.bin'))).code).toBe('network');
  });

  it('refuses names outside the folder', async () => {
    for (const name of ['../x', '/etc/passwd', 'a//b', 'a\\b', '', '.'])
      expect(await failure(Promise.resolve().then(() => open().read(name)))).toMatchObject({
        code: 'bad-input',
      });
  });

  it('can be cancelled during a transfer', async () => {
    const stop = new AbortController();
    const reading = open().read('slow.bin', { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(reading).rejects.toBeInstanceOf(Cancelled);
    await expect(open().read('good.bin', { signal: stop.signal })).rejects.toBeInstanceOf(Cancelled);
  });
});
