import { afterEach, beforeEach, vi } from 'vitest';

/** Captures the output of commands in the tests of a file. The strings are empty before each test. */
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
