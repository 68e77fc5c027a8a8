/** How a device reports that work is done. `timer`: it polls on a slow timer, or when something is submitted. */
export type CompletionKind = 'event' | 'timer';

const NUDGE_MS = 2;

/**
 * Waits for a promise of the GPU. Firefox polls for finished work every 100 ms, or when something is submitted
 * (https://bugzilla.mozilla.org/show_bug.cgi?id=1870699). There this submits empty command lists while waiting, which makes a
 * run several times faster. It can be removed when that bug is closed.
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
