import { readFile } from 'node:fs/promises';
import { LabError } from '../../../src/base/errors';
import { writeWhole } from '../../../src/platform/node/writeFile';

/**
 * Reads what an earlier run of a benchmark wrote, so that this one completes it; undefined if there is no such file.
 * @param isSame whether a record is of the same benchmark on the same device
 * @throws LabError bad-file for a file of another kind or device
 */
export async function earlierBenchmark<T extends object>(
  path: string | undefined,
  isSame: (record: Partial<T>) => boolean,
): Promise<Partial<T> | undefined> {
  const text = path && (await readFile(path, 'utf8').catch(() => undefined));
  if (!text) return undefined;
  const record = parsed(text) as Partial<T>;
  if (isSame(record)) return record;
  throw new LabError(
    'bad-file',
    `${path} does not hold results of this benchmark on this device.`,
    'Give --out another file.',
  );
}

function parsed(text: string): object {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    return {};
  }
}

/** Writes the record of a benchmark as JSON, for --out. @throws LabError storage */
export function writeBenchmark(path: string, record: object): Promise<void> {
  return writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
}
