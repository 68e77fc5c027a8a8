import { describe, test } from 'vitest';
import { largeFixture } from './fixtures';

/**
 * Declares tests that need a large fixture, in a file named `*.large.test.ts`. `declare` gets the path of the fixture. If it is
 * missing, one skipped test and a line on the terminal, which does not list skipped tests, report that.
 */
export function describeLarge(path: string, declare: (path: string) => void): void {
  const found = largeFixture(path);
  if (found) describe(path, () => declare(found));
  else skip(`skipped: set BITCURVE_FIXTURES to a folder with ${path}`);
}

function skip(title: string): void {
  console.warn(title);
  // The fixture is too large for the repository, and a test that is not declared would not be missed.
  test.skip(title, () => undefined);
}
