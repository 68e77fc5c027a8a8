import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BASE_BYTES } from './reader';
import { fuzzReaders } from './registry';
import { reproduce } from './reproduce';
import { runReader } from './runner';

/** The seed of test runs, which always break files in the same way. */
const SEED = 1;
/** Minimum total number of broken files in a test run. */
const MIN_CASES = 100_000;

const readers = await fuzzReaders();

describe('broken files are read or refused within their bounds', () => {
  test.each(readers)('$name: $cases files', { timeout: 600_000 }, async (reader) => {
    const result = await runReader(reader, { cases: reader.cases, seed: SEED }).catch(reproduce);
    console.log(
      `${reader.name}: ${result.cases} files, ${result.accepted} accepted, arrays up to ${result.arrays.toFixed(1)} × the file`,
    );
    expect(result.cases).toBe(reader.cases);
    // Some mutations must pass the checks, and the checks must find some.
    expect(result.accepted).toBeGreaterThan(0);
    expect(result.accepted).toBeLessThan(result.cases);
  });

  test('docs/fuzzing.md states the bounds of each reader', () => {
    const rows = readFileSync('docs/fuzzing.md', 'utf8').split('\n');
    const cells = rows
      .filter((row) => row.startsWith('| `'))
      .map((row) => row.split('|').map((cell) => cell.trim()));
    const said = cells.map(([, name, reads, factor, base]) => [name, reads, factor, kibibytes(base)].join());
    const bounds = readers.map(({ name, reads, memory: { factor, base = BASE_BYTES } }) =>
      [`\`${name}\``, reads, factor, base / 1024].join(),
    );
    expect(said).toEqual(bounds);
  });

  test(`there are at least ${MIN_CASES} cases`, () => {
    expect(readers.reduce((sum, { cases }) => sum + cases, 0)).toBeGreaterThanOrEqual(MIN_CASES);
  });
});

/** Parses "64 KiB" or "1 MiB" into KiB. */
function kibibytes(text: string): number {
  const [count, unit] = text.split(' ');
  return Number(count) * (unit === 'MiB' ? 1024 : 1);
}
