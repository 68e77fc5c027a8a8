import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { LabError } from '../../../../src/base/errors';
import page from './page.html?raw';

/** A file of the page that runs llama.cpp. */
interface Served {
  type: string;
  /** Path on disk; absent if `content` is given instead. */
  file?: string;
  content?: string;
}

/**
 * Serves a page, wllama (llama.cpp compiled to WebAssembly) and one model file on the loopback interface.
 * @throws LabError unsupported when wllama is not installed
 */
export async function serveModel(model: string): Promise<{ url: string; close(): void }> {
  const files = new Map<string, Served>([
    ['/', { type: 'text/html; charset=utf-8', content: page }],
    ['/favicon.ico', { type: 'image/x-icon', content: '' }],
    ['/wllama.js', { type: 'text/javascript; charset=utf-8', file: packageFile('esm/index.js') }],
    ['/wllama.wasm', { type: 'application/wasm', file: packageFile('esm/wasm/wllama.wasm') }],
    ['/model.gguf', { type: 'application/octet-stream', file: model }],
  ]);
  const server = createServer((request, response) => {
    void answer(files.get(request.url ?? ''), response);
  });
  const port = await listen(server);
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}/`, close };
}

function packageFile(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(`@wllama/wllama/${name}`);
  } catch (error) {
    throw new LabError(
      'unsupported',
      'llama.cpp for the browser (the package @wllama/wllama) is not installed.',
      'Run `npm install` in the folder of the project.',
      error,
    );
  }
}

async function answer(served: Served | undefined, response: ServerResponse): Promise<void> {
  if (!served) return void response.writeHead(404).end();
  const headers = {
    'Content-Type': served.type,
    // The threads of llama.cpp need cross-origin isolation.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  };
  if (served.file === undefined) return void response.writeHead(200, headers).end(served.content);
  const size = await stat(served.file).then(
    (info) => info.size,
    () => undefined,
  );
  if (size === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { ...headers, 'Content-Length': size });
  createReadStream(served.file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
