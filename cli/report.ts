import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../src/base/errors';
import { measuredWhere, recordsToMarkdown } from '../src/lab/export';
import type { LabRecord } from '../src/lab/record';
import { runCommand } from './command';
import { writeWhole } from './files';
import { readArguments, type OptionTable } from './options';
import { OutputFolder } from './outputFolder';
import { projectFolder, publicFolder, userPath } from './paths';

const OPTIONS: OptionTable = {};
const BEGIN = '<!-- results: written by `npm run report`, do not edit -->';
const END = '<!-- /results -->';

export const REPORT_HELP = `Usage: npm run report -- DIR

Publishes a sweep of this project's own models: writes the table of DIR/records.json into README.md and the records
into public/examples, where the page shows them to visitors without WebGPU.
`;

/** `npm run report`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  const parse = (given: readonly string[]) => userPath(readArguments(given, OPTIONS, ['DIR']).positionals[0]);
  return runCommand({ help: REPORT_HELP, parse, execute: publish }, args);
}

async function publish(folder: string): Promise<number> {
  const { records } = await OutputFolder.open(folder);
  if (records.length === 0)
    throw new LabError('bad-input', `${folder} holds no records.`, 'Run `npm run sweep -- --out DIR` first.');
  const readme = join(projectFolder(), 'README.md');
  const text = await readFile(readme, 'utf8');
  await writeWhole(readme, withResults(text, resultsText(records)));
  const examples = publicFolder('examples');
  await writeWhole(join(examples, 'records.json'), `${JSON.stringify(records)}\n`);
  await writeWhole(join(examples, 'index.json'), `${JSON.stringify(['records.json'])}\n`);
  process.stdout.write(`${records.length} records in README.md and public/examples.\n`);
  return 0;
}

/** The README with the text between the markers replaced. @throws LabError bad-file when the markers are gone */
export function withResults(readme: string, results: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin >= 0 && end > begin)
    return `${readme.slice(0, begin + BEGIN.length)}\n\n${results}\n${readme.slice(end)}`;
  throw new LabError(
    'bad-file',
    'README.md has no place for results.',
    `Put back the lines ${BEGIN} and ${END}.`,
  );
}

/** Where and when, then the tables. */
export function resultsText(records: readonly LabRecord[]): string {
  return `${measuredWhere(records)}\n\n${recordsToMarkdown(records)}`;
}
