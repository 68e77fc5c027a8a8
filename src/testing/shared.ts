import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../shared/', import.meta.url));

/** Fixtures and larger models beside the repository; tests that read them skip with a clear line when absent. */
export const hasShared = existsSync(ROOT);

/** Path of a file in ../shared, relative to the repository root. */
export function sharedPath(relative: string): string {
  return ROOT + relative;
}
