import { afterEach, beforeEach, vi } from 'vitest';

/** What a command writes to the terminal: kept for the test instead of shown, empty before each. */
export function terminal(): { stdout: string; stderr: string } {
  const written = { stdout: '', stderr: '' };
  beforeEach(() => {
    for (const stream of ['stdout', 'stderr'] as const) {
      written[stream] = '';
      vi.spyOn(process[stream], 'write').mockImplementation((text) => {
        written[stream] += String(text);
        return true;
      });
    }
  });
  afterEach(() => vi.restoreAllMocks());
  return written;
}
