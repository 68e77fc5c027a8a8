import { writeWhole } from '../../../src/platform/node/writeFile';

/** Writes the record of a benchmark as JSON, for --out. @throws LabError storage */
export function writeBenchmark(path: string, record: object): Promise<void> {
  return writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
}
