import { Cancelled, LabError, throwIfAborted } from '../../base/errors';
import type { Clock } from './clock';
import { Interrupted } from './retry';
import type { Hub } from './types';

/** Timeout in milliseconds: a server that sends nothing for so long is considered disconnected. */
const TIMEOUT_MS = 30_000;

/** The context of all requests of an operation: the hub, the clock for timeouts and pauses, and the signal for cancelling. */
export interface RequestContext {
  hub: Hub;
  clock: Clock;
  signal?: AbortSignal;
}

/** A response whose body arrives in chunks, with a timeout for each. */
export interface HubResponse {
  response: Response;
  chunks: AsyncIterable<Uint8Array>;
}

/**
 * Makes one request, reads its response, and closes the connection even if `read` did not read all of it. The token is
 * sent only to the hub's origin: `fetch` removes the header on a redirect to another one
 * (https://fetch.spec.whatwg.org/#http-redirect-fetch).
 * @param url a URL of the hub's origin
 * @throws Interrupted if there is no response or the connection fails; LabError bad-input (an invalid token); Cancelled;
 *   what `read` throws
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

/** Responses are not cached: the store is the cache, and a partly cached response would be returned as a complete one. */
const FETCH: RequestInit = { cache: 'no-store', credentials: 'omit', referrerPolicy: 'no-referrer' };

/** Returns the header for the token. It is checked here, because `fetch` would quote an invalid token in its error. */
function authorization({ token }: Hub): Record<string, string> {
  const secret = token?.()?.trim();
  if (!secret) return {};
  if (/^[\x21-\x7e]+$/.test(secret)) return { authorization: `Bearer ${secret}` };
  throw new LabError(
    'bad-input',
    'The access token contains a space, a line break or another invalid character.',
    'Copy it again from the settings of your account on the hub.',
  );
}

class Call {
  private readonly controller = new AbortController();
  private timedOut = false;
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

  /** Waits for the network, but not longer than the timeout. */
  async bounded<T>(wait: () => Promise<T>, connecting: boolean): Promise<T> {
    const cancel = this.context.clock.timer(TIMEOUT_MS, () => {
      this.timedOut = true;
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
    if (this.timedOut)
      return new Interrupted(`nothing arrived for ${TIMEOUT_MS / 1000} s`, undefined, connecting);
    if (globalThis.navigator?.onLine === false)
      return new Interrupted('this device is offline', undefined, connecting);
    const why = connecting ? 'the hub cannot be reached' : 'the connection was interrupted';
    return new Interrupted(`${why} (${reasonOf(error)})`, undefined, connecting);
  }
}

/** Returns the reason of a failed request. Node has it in the cause; browsers do not reveal it. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
