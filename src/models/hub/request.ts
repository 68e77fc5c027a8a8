import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import type { Clock } from './clock';
import { Interrupted } from './retry';
import type { Hub } from './types';

/** A server that says nothing for so long has hung up without telling. */
const SILENCE_MS = 30_000;

/** What every request of one operation shares: the hub, the clock for waiting, and the signal to stop. */
export interface RequestContext {
  hub: Hub;
  clock: Clock;
  signal?: AbortSignal;
}

/** A response whose body arrives in chunks; each wait for one is bounded. */
export interface HubResponse {
  response: Response;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Makes one request and reads its answer; afterwards the connection is closed, read to the end or not. The token goes to the hub's own
 * origin: `fetch` takes the header off when it is redirected to another (https://fetch.spec.whatwg.org/#http-redirect-fetch).
 * @param url below the hub's origin
 * @throws Interrupted when nothing answers or the answer falls silent; LabError bad-input (a token that is none); Cancelled; whatever
 * `read` throws
 */
export async function sendRequest<T>(
  context: RequestContext,
  url: string,
  headers: Record<string, string>,
  read: (answer: HubResponse) => Promise<T>,
): Promise<T> {
  throwIfAborted(context.signal);
  const init = { ...FETCH, headers: { ...headers, ...authorization(context.hub) } };
  const call = new Call(context);
  try {
    const response = await call.bounded(() => fetch(url, { ...init, signal: call.signal }), true);
    return await read({ response, chunks: call.chunks(response) });
  } finally {
    call.end();
  }
}

/** Not cached: the store is the cache, and a half-cached answer would come back as a whole one. */
const FETCH: RequestInit = { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' };

/** A token that cannot stand in a header would be quoted in the error of the one who refuses it. */
function authorization({ token }: Hub): Record<string, string> {
  const secret = token?.()?.trim();
  if (!secret) return {};
  if (/^[\x21-\x7e]+$/.test(secret)) return { authorization: `Bearer ${secret}` };
  throw new LabError(
    'bad-input',
    'The access token has a space, a line break or another character that no token has.',
    'Copy it anew from the settings of your account at the hub.',
  );
}

class Call {
  private readonly controller = new AbortController();
  private silent = false;
  private readonly stop = () => this.controller.abort();

  constructor(private readonly context: RequestContext) {
    context.signal?.addEventListener('abort', this.stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  async *chunks({ body }: Response): AsyncGenerator<Uint8Array> {
    const reader = body?.getReader();
    while (reader) {
      const { done, value } = await this.bounded(() => reader.read(), false);
      if (done) return;
      yield value;
    }
  }

  /** Waits for the network, not longer than it may be silent. */
  async bounded<T>(wait: () => Promise<T>, connecting: boolean): Promise<T> {
    const cancel = this.context.clock.timer(SILENCE_MS, () => {
      this.silent = true;
      this.stop();
    });
    try {
      return await wait();
    } catch (error) {
      throw this.failure(error, connecting);
    } finally {
      cancel();
    }
  }

  end(): void {
    this.context.signal?.removeEventListener('abort', this.stop);
    this.stop();
  }

  private failure(error: unknown, connecting: boolean): Error {
    if (this.context.signal?.aborted) return new Cancelled();
    if (this.silent)
      return new Interrupted(`nothing arrived for ${SILENCE_MS / 1000} s`, undefined, connecting);
    if (globalThis.navigator?.onLine === false)
      return new Interrupted('this device is offline', undefined, connecting);
    const why = connecting ? 'the hub cannot be reached' : 'the connection was cut';
    return new Interrupted(`${why} (${reasonOf(error)})`, undefined, connecting);
  }
}

/** Node hides the reason in the cause; browsers tell none. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
