import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startHubServer, type HubServer, type HubServerModel } from '../../src/testing/hubServer';
import { test as base } from './test';

/** Origin of the hub for which the page is built by default. */
const ORIGIN = 'https://huggingface.co';
const TEXT = /^(text|application\/(javascript|json))/;

/** A hub for tests, and the page as it would be built for it. */
export interface Mirror {
  hub: HubServer;
  /** Address of the page. */
  url: string;
  /** Stops the hub; the page is still served. */
  goOffline(): Promise<void>;
}

export const test = base.extend<{ openMirror: (models: readonly HubServerModel[]) => Promise<Mirror> }>({
  openMirror: async ({ baseURL }, provide) => {
    const closing: (() => Promise<void>)[] = [];
    await provide(async (models) => {
      const hub = await startHubServer({ models });
      const page = await pageFor(hub, baseURL!);
      closing.push(hub.close, () => closeServer(page));
      const { port } = page.address() as AddressInfo;
      return { hub, url: `http://localhost:${port}/`, goOffline: hub.close };
    });
    for (const close of closing) await close();
  },
});

/**
 * Serves the page under test with the address of this hub in place of the default one, in the code and in the
 * Content-Security-Policy, which also has to name the host of large files. That is much faster than another build.
 */
async function pageFor(hub: HubServer, built: string): Promise<Server> {
  const server = createServer((request, response) => {
    const answering = fetch(new URL(request.url ?? '/', built)).then(async (found) => {
      const headers = Object.fromEntries(found.headers);
      for (const name of ['content-length', 'content-encoding', 'etag', 'connection', 'keep-alive'])
        delete headers[name];
      const policy = headers['content-security-policy'];
      if (policy) headers['content-security-policy'] = policy.replaceAll(ORIGIN, `${hub.origin} ${hub.cdn}`);
      response.writeHead(found.status, headers);
      response.end(await bodyFor(hub, found));
    });
    answering.catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return server;
}

async function bodyFor({ origin, cdn }: HubServer, found: Response): Promise<Buffer | string> {
  const type = found.headers.get('content-type') ?? '';
  if (!TEXT.test(type)) return Buffer.from(await found.arrayBuffer());
  const hosts = type.startsWith('text/html') ? `${origin} ${cdn}` : origin;
  return (await found.text()).replaceAll(ORIGIN, hosts);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export { expect } from './test';
