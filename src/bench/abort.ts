import { Cancelled } from '../base/errors';

/**
 * Returns the result of `work`, or Cancelled as soon as `signal` is aborted, for calls that cannot be interrupted. The work
 * continues in the background; the caller must free what it produces.
 */
export function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(new Cancelled());
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
