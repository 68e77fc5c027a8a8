import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { BASE_BYTES } from './reader';
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

  test('as docs/fuzzing.md says of each', () => {
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

  test(`are at least ${LEAST_CASES}`, () => {
    expect(readers.reduce((sum, { cases }) => sum + cases, 0)).toBeGreaterThanOrEqual(LEAST_CASES);
  });
});

/** Of "64 KiB" or "1 MiB". */
function kibibytes(text: string): number {
  const [count, unit] = text.split(' ');
  return Number(count) * (unit === 'MiB' ? 1024 : 1);
}
