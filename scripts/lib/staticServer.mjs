import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, sep } from 'node:path';
import { Failure } from './terminal.mjs';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wgsl': 'text/wgsl; charset=utf-8',
  '.woff2': 'font/woff2',
};

const HEADERS = {
  // Cross-origin isolation gives the page precise timers and onnxruntime-web threads; credentialless allows downloads
  // from model hubs.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'credentialless',
  'Cache-Control': 'no-cache',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Returns a handler that serves only the files below `root`. The security policy of index.html is sent with every file, since workers
 * take theirs from the header.
 */
export function staticHandler(root) {
  const policy = pagePolicy(root);
  const headers = { ...HEADERS, ...(policy && { 'Content-Security-Policy': policy }) };
  return (request, response) => {
    answer(root, headers, request, response).catch(() => send(response, 500, 'Internal error\n'));
  };
}

/** Returns the Content-Security-Policy in index.html, if there is one. */
function pagePolicy(root) {
  const path = join(root, 'index.html');
  const page = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return /<meta http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1];
}

async function answer(root, headers, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(response, 405, 'Only GET and HEAD\n', { Allow: 'GET, HEAD' });
  const file = await findFile(root, request.url ?? '/');
  if (!file) return send(response, 404, 'Not found\n');
  const etag = `W/"${file.size.toString(36)}-${Math.round(file.mtimeMs).toString(36)}"`;
  const type = TYPES[extname(file.path).toLowerCase()] ?? 'application/octet-stream';
  if (request.headers['if-none-match'] === etag) return send(response, 304, '', { ETag: etag });
  response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': file.size, ETag: etag });
  if (request.method === 'HEAD') return response.end();
  createReadStream(file.path)
    .on('error', () => response.destroy())
    .pipe(response);
}

/** Returns the file of a URL, or undefined. Links that lead out of `root` count as missing. */
async function findFile(root, url) {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    if (path.includes('\0') || path.split(/[\\/]/).includes('..')) return undefined;
    const base = await realpath(root);
    let found = await realpath(join(base, path));
    let info = await stat(found);
    if (info.isDirectory()) info = await stat((found = await realpath(join(found, 'index.html'))));
    return info.isFile() && found.startsWith(base + sep)
      ? { path: found, size: info.size, mtimeMs: info.mtimeMs }
      : undefined;
  } catch {
    return undefined;
  }
}

function send(response, status, text, headers = {}) {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  response.end(text);
}

/**
 * Serves `root` on the loopback interface, over IPv4 and, if available, IPv6, since `localhost` may mean either.
 * @param {string} [host] another address to listen on instead, such as 0.0.0.0
 * @returns {Promise<() => void>} a function that stops the server
 * @throws Failure if the port is in use
 */
export async function serve(root, port, host) {
  const servers = [await listen(root, port, host ?? '127.0.0.1')];
  const stop = () => servers.forEach((server) => (server.close(), server.closeAllConnections()));
  if (host !== undefined) return stop;
  try {
    servers.push(await listen(root, port, '::1'));
  } catch (error) {
    if (error instanceof Failure) {
      servers[0].close();
      throw error;
    }
  }
  return stop;
}

function listen(root, port, host) {
  return new Promise((resolve, reject) => {
    const server = createServer(staticHandler(root));
    server.once('error', (error) => reject(listenFailure(error, port)));
    server.listen(port, host, () => resolve(server));
  });
}

function listenFailure(error, port) {
  if (error.code === 'EADDRINUSE')
    return new Failure(
      `Port ${port} is in use by another program.`,
      `Stop that program, or choose another port: npm start -- --port ${port < 65_535 ? port + 1 : 4173}`,
    );
  if (error.code === 'EACCES')
    return new Failure(`This user may not open port ${port}.`, 'Choose a port above 1023.');
  return error;
}
