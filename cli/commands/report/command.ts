import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { projectFolder, publicFolder } from '../../../src/platform/node/paths';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { writeDocuments } from './documents';
import { MAIN_EXAMPLE, parseReport, REPORT_HELP, type ReportRequest } from './options';
import { publishedText } from './report';

/** The list of the files of examples. */
const INDEX = 'index.json';

/** Runs `npm run report`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: REPORT_HELP, parse: parseReport, execute: publish }, args);
}

async function publish({ folder, example }: ReportRequest): Promise<number> {
  const { records } = await OutputFolder.open(folder);
  if (records.length === 0)
    throw new LabError('bad-input', `${folder} holds no records.`, 'Run `npm run sweep -- --out DIR` first.');
  const isMain = example === MAIN_EXAMPLE;
  if (isMain) await writeDocuments(projectFolder(), records);
  const examples = publicFolder('examples');
  await writeWhole(join(examples, `${example}.json`), `${JSON.stringify(records)}\n`);
  const files = (await readdir(examples)).filter((name) => name.endsWith('.json') && name !== INDEX);
  await writeWhole(join(examples, INDEX), `${JSON.stringify(files.sort())}\n`);
  process.stdout.write(
    publishedText(
      records.length,
      isMain ? 'docs, README.md and public/examples' : `public/examples/${example}.json`,
    ),
  );
  return 0;
}
