import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { small } from './support/plans';
import { expect, test } from './support/test';

const FOLDER = '/some/path/';

test('the built page runs in a subfolder of a static host', async ({ lab, page, baseURL }) => {
  const server = await plainHost(baseURL!);
  try {
    const { port } = server.address() as AddressInfo;
    const missing: string[] = [];
    page.on('response', (response) => response.status() >= 400 && missing.push(response.url()));
    await page.goto(`http://localhost:${port}${FOLDER}?${small('rtn(bits=4,group=32)', 'autostart=1')}`);
    await lab.finished();
    expect(await lab.records()).toHaveLength(2);
    await expect(lab.chart).toBeVisible();
    expect(missing).toEqual([]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** Serves the files of the page below a folder, with no header but the content type; all other paths are missing. */
async function plainHost(origin: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', origin);
    const answering = pathname.startsWith(FOLDER)
      ? fetch(new URL(pathname.slice(FOLDER.length), origin))
      : Promise.resolve(new Response(null, { status: 404 }));
    void answering.then(async (found) => {
      response.writeHead(found.status, { 'Content-Type': found.headers.get('content-type') ?? 'text/plain' });
      response.end(Buffer.from(await found.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}
