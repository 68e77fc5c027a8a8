import { Cancelled, throwIfAborted } from '../../base/errors';

/** Time as downloads see it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** @throws Cancelled */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls once after `ms`. @returns takes it back */
  timer(ms: number, call: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep,
  timer(ms, call) {
    const handle = setTimeout(call, ms);
    return () => clearTimeout(handle);
  },
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(handle);
      reject(new Cancelled());
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
