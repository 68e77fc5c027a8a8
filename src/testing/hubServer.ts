import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HubRequest, Misbehave } from './hub/misbehaviour';
import { openRepository, type HubServerModel } from './hub/repository';
import { answerTo, routeOf, type Site } from './hub/routes';
import { send, spoil } from './hub/send';

export { firstOnes } from './hub/misbehaviour';
export type { Misbehave, Misbehaviour } from './hub/misbehaviour';
export { gitBlob, sha256, type HubServerModel } from './hub/repository';

/** The options of the server. */
export interface HubServerOptions {
  models: readonly HubServerModel[];
  misbehave?: Misbehave;
  /** The number of tree entries per page; unlimited by default. */
  pageSize?: number;
  /** The ports of the hub and of the host of large files; free ports by default. A page built for this hub needs fixed ones. */
  port?: number;
  cdnPort?: number;
}

/** A running server. */
export interface HubServer {
  /** The origin of the hub, such as `http://127.0.0.1:40001`. */
  origin: string;
  /** The origin of the host of large files. */
  cdn: string;
  /** All requests so far in order of arrival, without CORS preflights. */
  requests: HubRequest[];
  /** Replaces the faults; `attempt` starts again at 0. */
  misbehave(faults: Misbehave | undefined): void;
  /** Closes all connections and the server. */
  close(): Promise<void>;
}

/** CORS headers as the hub and its host of large files send them. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,' +
    'X-Linked-Size,X-Linked-ETag,Retry-After',
};
const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'GET, HEAD, OPTIONS',
  'access-control-allow-headers': 'Authorization, Range, If-Range',
};

/**
 * Starts a local hub for tests, with Hugging Face's URLs, redirects, ranges and errors. Large files come from a second
 * port, as those of the real hub come from another host. It applies faults and records all requests.
 */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const state = new HubState(options.misbehave);
  const hub = await listen(options.port ?? 0, (request, response) =>
    state.answer(site, false, request, response),
  );
  const cdn = await listen(options.cdnPort ?? 0, (request, response) =>
    state.answer(site, true, request, response),
  );
  const site: Site = {
    repositories: new Map(options.models.map((model) => [model.id, openRepository(model)])),
    origin: originOf(hub),
    cdn: originOf(cdn),
    signature: 'signed',
    pageSize: options.pageSize ?? Infinity,
  };
  return {
    origin: site.origin,
    cdn: site.cdn,
    requests: state.requests,
    misbehave: (faults) => state.exchange(faults),
    close: async () => void (await Promise.all([hub, cdn].map(close))),
  };
}

class HubState {
  readonly requests: HubRequest[] = [];
  private counted = 0;

  constructor(private misbehave: Misbehave | undefined) {}

  exchange(faults: Misbehave | undefined): void {
    this.misbehave = faults;
    this.counted = this.requests.length;
  }

  answer(site: Site, onCdn: boolean, incoming: IncomingMessage, response: ServerResponse): void {
    if (incoming.method === 'OPTIONS') return void response.writeHead(204, PREFLIGHT).end();
    const route = routeOf(incoming.url ?? '/', onCdn);
    const request = this.record(incoming, route);
    this.requests.push(request);
    const fault = this.misbehave?.(request) ?? {};
    const answer = spoil(answerTo(site, route, request, fault), fault);
    const allowed = { ...answer, headers: { ...CORS, ...answer.headers } };
    send(request, response, allowed, fault).catch(() => response.destroy());
  }

  private record(
    { method = 'GET', url = '/', headers }: IncomingMessage,
    { kind, model, file }: ReturnType<typeof routeOf>,
  ): HubRequest {
    const same = this.requests
      .slice(this.counted)
      .filter((r) => r.kind === kind && r.method === method && r.model === model && r.file === file);
    const { range } = headers;
    return { kind, method, url, model, file, headers, range, attempt: same.length, status: 0, bytesSent: 0 };
  }
}

function listen(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(answer);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
