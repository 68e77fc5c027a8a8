/** How a device tells that work is done. `timer`: only on a slow timer of its own, unless something is submitted. */
export type CompletionKind = 'event' | 'timer';

const NUDGE_MS = 2;

/**
 * Waits for a promise of the GPU. Firefox looks for finished work on a timer of 100 ms, or when something is submitted
 * (https://bugzilla.mozilla.org/show_bug.cgi?id=1870699): there empty submits go out while waiting, which makes a run
 * several times faster. To be removed when that bug is closed.
 */
export async function completed<T>(device: GPUDevice, kind: CompletionKind, promise: Promise<T>): Promise<T> {
  if (kind === 'event') return promise;
  const nudge = setInterval(() => device.queue.submit([]), NUDGE_MS);
  try {
    return await promise;
  } finally {
    clearInterval(nudge);
  }
}
