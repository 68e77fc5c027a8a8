import { throwIfAborted } from './errors';

/** Milliseconds of work on one thread between two chances for its other events, such as a click on Stop. */
const INTERVAL_MS = 50;

let lastMs = 0;

/**
 * Lets other events of this thread be handled if it has worked for 50 ms without a pause. Long loops on the host await it.
 * @throws Cancelled after Stop
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  if (performance.now() - lastMs >= INTERVAL_MS) {
    await new Promise((resolve) => setTimeout(resolve));
    lastMs = performance.now();
  }
  throwIfAborted(signal);
}
