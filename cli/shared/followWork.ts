import { TerminalProgress } from '../../src/platform/node/terminalProgress';

/**
 * Does work with its progress on stderr.
 * @param work gets a function for the share that is done, with a word about the current step, and one that writes a line above the bar
 */
export async function followWork<T>(
  title: string,
  work: (onProgress: (fraction: number, step?: string) => void, say: (line: string) => void) => Promise<T>,
): Promise<T> {
  const bar = new TerminalProgress(process.stderr);
  bar.start(title);
  const started = performance.now();
  const onProgress = (fraction: number, step = '') => {
    const elapsedMs = performance.now() - started;
    const remainingMs = fraction > 0 ? elapsedMs / fraction - elapsedMs : undefined;
    bar.update({ fraction, step, elapsedMs, remainingMs });
  };
  try {
    return await work(onProgress, (line) => bar.say(line));
  } finally {
    bar.clear();
  }
}
