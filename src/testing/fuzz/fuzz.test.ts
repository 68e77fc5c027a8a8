import { describe, expect, test } from 'vitest';
import { fuzzReaders } from './registry';
import { reproduce } from './reproduce';
import { runReader } from './runner';

/** An ordinary run breaks files in the same way each time. */
const SEED = 1;
/** Files in all that an ordinary run breaks at least. */
const LEAST_CASES = 100_000;

const readers = await fuzzReaders();

describe('broken files are read or refused in a sentence, within their bounds', () => {
  test.each(readers)('$name: $cases files', { timeout: 600_000 }, async (reader) => {
    const result = await runReader(reader, { cases: reader.cases, seed: SEED }).catch(reproduce);
    console.log(
      `${reader.name}: ${result.cases} files, ${result.accepted} accepted, arrays up to ${result.arrays.toFixed(1)} × the file`,
    );
    expect(result.cases).toBe(reader.cases);
    // Neither all nor none: the mutations reach behind the checks, and the checks see them.
    expect(result.accepted).toBeGreaterThan(0);
    expect(result.accepted).toBeLessThan(result.cases);
  });

  test(`are at least ${LEAST_CASES}`, () => {
    expect(readers.reduce((sum, { cases }) => sum + cases, 0)).toBeGreaterThanOrEqual(LEAST_CASES);
  });
});
