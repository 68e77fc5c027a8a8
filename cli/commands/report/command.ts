import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { frontierToMarkdown, measuredWhere, recordsToMarkdown } from '../../../src/lab/results/export';
import type { LabRecord } from '../../../src/lab/results/record';
import { runCommand } from '../../shared/command';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { readArguments, type OptionTable } from '../../shared/options';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { projectFolder, publicFolder, userPath } from '../../../src/platform/node/paths';

const OPTIONS: OptionTable = {};
const BEGIN = '<!-- results: written by `npm run report`, do not edit -->';
const END = '<!-- /results -->';

export const REPORT_HELP = `Usage: npm run report -- DIR

Publishes a sweep of this project's own models: writes the tables of DIR/records.json into docs/results.md, the frontier
of its first model into README.md, and the records into public/examples, where the page shows them to visitors without
WebGPU.
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
  await writeDocuments(projectFolder(), records);
  const examples = publicFolder('examples');
  await writeWhole(join(examples, 'records.json'), `${JSON.stringify(records)}\n`);
  await writeWhole(join(examples, 'index.json'), `${JSON.stringify(['records.json'])}\n`);
  process.stdout.write(`${records.length} records in docs/results.md, README.md and public/examples.\n`);
  return 0;
}

/**
 * Puts where and when, then the tables between the markers: all of them in docs/results.md, the short one in README.md.
 * @throws LabError bad-file when markers are gone; nothing is written then
 */
export async function writeDocuments(folder: string, records: readonly LabRecord[]): Promise<void> {
  const tables = new Map([
    ['docs/results.md', recordsToMarkdown(records)],
    ['README.md', frontierToMarkdown(records)],
  ]);
  const texts = new Map<string, string>();
  for (const [name, table] of tables) {
    const text = await readFile(join(folder, name), 'utf8');
    texts.set(name, withResults(name, text, `${measuredWhere(records)}\n\n${table}`));
  }
  for (const [name, text] of texts) await writeWhole(join(folder, name), text);
}

/** The document with the text between the markers replaced. @throws LabError bad-file when the markers are gone */
function withResults(name: string, text: string, results: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin >= 0 && end > begin)
    return `${text.slice(0, begin + BEGIN.length)}\n\n${results}\n${text.slice(end)}`;
  throw new LabError(
    'bad-file',
    `${name} has no place for results.`,
    `Put back the lines ${BEGIN} and ${END}.`,
  );
}
