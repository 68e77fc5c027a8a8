import { join } from 'node:path';
import { LabError } from '../../../src/base/errors';
import { projectFolder, publicFolder } from '../../../src/platform/node/paths';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { writeDocuments } from './documents';
import { parseReport, REPORT_HELP } from './options';
import { publishedText } from './report';

/** Runs `npm run report`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: REPORT_HELP, parse: parseReport, execute: publish }, args);
}

async function publish(folder: string): Promise<number> {
  const { records } = await OutputFolder.open(folder);
  if (records.length === 0)
    throw new LabError('bad-input', `${folder} holds no records.`, 'Run `npm run sweep -- --out DIR` first.');
  await writeDocuments(projectFolder(), records);
  const examples = publicFolder('examples');
  await writeWhole(join(examples, 'records.json'), `${JSON.stringify(records)}\n`);
  await writeWhole(join(examples, 'index.json'), `${JSON.stringify(['records.json'])}\n`);
  process.stdout.write(publishedText(records.length));
  return 0;
}
