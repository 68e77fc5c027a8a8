import { Cancelled } from '../../base/errors';

/**
 * Runs `work` while holding a lock among all tabs and workers of the origin. The browser releases the lock if its holder ends.
 * @param onWait called once if another holds the lock
 * @throws Cancelled while waiting; whatever `work` throws
 */
export async function withWebLock<T>(
  name: string,
  work: () => Promise<T>,
  { signal, onWait }: { signal?: AbortSignal; onWait?: () => void },
): Promise<T> {
  const run = async () => ({ result: await work() });
  const atOnce = await navigator.locks.request(name, { ifAvailable: true }, (held) =>
    held ? run() : undefined,
  );
  if (atOnce) return atOnce.result;
  onWait?.();
  let begun = false;
  try {
    const { result } = await navigator.locks.request(name, { signal }, () => {
      begun = true;
      return run();
    });
    return result;
  } catch (error) {
    throw signal?.aborted && !begun ? new Cancelled() : error;
  }
}
