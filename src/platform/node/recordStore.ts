import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../base/errors';
import { recordsToCsv } from '../../lab/results/export';
import { tasksToCsv } from '../../lab/results/taskTable';
import { speedSample, type MeasuredRuns } from '../../lab/results/merge';
import { parseRecord, parseSpeedSample, type LabRecord } from '../../lab/results/record';
import type { RecordStore } from '../../lab/results/store';
import { readLocal } from './localFile';
import { makeFolder, writeWhole } from './writeFile';

/**
 * A folder with the records of a run: records.json (an array of records), records.csv and accompanying texts. Both files
 * are rewritten after each record, so they are readable whatever ends the run, and a run into the same folder resumes.
 */
export class OutputFolder implements RecordStore {
  readonly path: string;
  private readonly byId: Map<string, LabRecord>;

  private constructor(path: string, records: readonly LabRecord[]) {
    this.path = path;
    this.byId = new Map(records.map((record) => [record.id, record]));
  }

  /** Opens or creates the folder. @throws LabError bad-file if its records.json is invalid; storage */
  static async open(path: string): Promise<OutputFolder> {
    await makeFolder(path);
    const file = join(path, 'records.json');
    return new OutputFolder(path, existsSync(file) ? parseRecords(file, await readLocal(file)) : []);
  }

  /** Opens the folder of an earlier sweep. @throws LabError as `open`; bad-input if it has no records */
  static async openExisting(path: string): Promise<OutputFolder> {
    if (existsSync(join(path, 'records.json'))) return OutputFolder.open(path);
    throw new LabError('bad-input', `${path} has no records.json.`, 'Name the --out folder of a sweep.');
  }

  get records(): readonly LabRecord[] {
    return [...this.byId.values()];
  }

  async find(runKey: string): Promise<LabRecord | undefined> {
    return this.records.find((record) => record.runKey === runKey && record.status === 'complete');
  }

  async save(record: LabRecord): Promise<void> {
    await this.saveAll([record]);
  }

  /** Adds records, or replaces those with their ids. */
  async saveAll(records: readonly LabRecord[]): Promise<void> {
    for (const record of records) this.byId.set(record.id, record);
    await writeWhole(join(this.path, 'records.json'), `${JSON.stringify(this.records, null, 1)}\n`);
    await writeWhole(join(this.path, 'records.csv'), recordsToCsv(this.records));
    const tasks = tasksToCsv(this.records);
    if (tasks !== undefined) await writeWhole(join(this.path, 'tasks.csv'), tasks);
  }

  /** Writes a text next to the records. */
  async write(name: string, text: string): Promise<void> {
    await writeWhole(join(this.path, name), text);
  }
}

/**
 * Reads the records of a sweep's folder, or of a file with an array of records.
 * @throws LabError bad-file if they are invalid; bad-input if there is no such folder or file
 */
export async function readRecords(path: string): Promise<readonly LabRecord[]> {
  if (!path.endsWith('.json')) return (await OutputFolder.openExisting(path)).records;
  return parseRecords(
    path,
    await readLocal(path),
    'Name the records.json of a sweep, or a file exported by the page.',
  );
}

/** The speeds of all machines, in the folder of merged runs. */
const SPEEDS = 'speeds.json';

/** Reads the records of a sweep or of merged runs, and the speeds of their machines. @throws LabError as `readRecords` */
export async function readRuns(path: string): Promise<MeasuredRuns> {
  const records = await readRecords(path);
  const file = join(path, SPEEDS);
  if (path.endsWith('.json') || !existsSync(file)) return { records, speeds: records.map(speedSample) };
  const remedy = 'Delete it, and merge the folders of the machines again.';
  return { records, speeds: parseList(file, await readLocal(file), 'speeds', parseSpeedSample, remedy) };
}

/** Writes merged runs into a folder: its records, and speeds.json. @throws LabError storage */
export async function writeRuns(folder: OutputFolder, { records, speeds }: MeasuredRuns): Promise<void> {
  await folder.saveAll(records);
  await folder.write(SPEEDS, `${JSON.stringify(speeds, null, 1)}\n`);
}

function parseRecords(
  file: string,
  bytes: Uint8Array,
  remedy = 'Move the file, or choose another --out.',
): LabRecord[] {
  return parseList(file, bytes, 'records', parseRecord, remedy);
}

/** @throws LabError bad-file if the file is not a JSON array of what `parse` reads */
function parseList<T>(
  file: string,
  bytes: Uint8Array,
  what: string,
  parse: (entry: unknown) => T,
  remedy: string,
): T[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new LabError('bad-file', `${file} is not JSON.`, remedy, error);
  }
  if (!Array.isArray(value)) throw new LabError('bad-file', `${file} is not an array of ${what}.`, remedy);
  return value.map((entry) => {
    try {
      return parse(entry);
    } catch (error) {
      throw new LabError('bad-file', `${file}: ${(error as Error).message}`, remedy, error);
    }
  });
}
