import { Cancelled, throwIfAborted } from '../../base/errors';

/** The clock of downloads, which tests replace. */
export interface Clock {
  /** Returns the time in milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds. @throws Cancelled */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `call` once after `ms` milliseconds. @returns a function that cancels the timer */
  timer(ms: number, call: () => void): () => void;
}

/** The real clock. */
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
