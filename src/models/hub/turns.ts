import { Cancelled, throwIfAborted } from '../../base/errors';

/** Waits until `before` has settled. @throws Cancelled as soon as the signal is aborted */
export async function waitTurn(before: Promise<unknown> | undefined, signal?: AbortSignal): Promise<void> {
  if (!before) return;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new Cancelled());
  });
  signal?.addEventListener('abort', stop, { once: true });
  try {
    throwIfAborted(signal);
    await Promise.race([before.catch(() => undefined), aborted]);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}
