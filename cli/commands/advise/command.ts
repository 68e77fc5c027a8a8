import { adviceText } from '../../../src/lab/decide/advice';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { ADVISE_HELP, parseAdvise, type AdviseRequest } from './options';
import { catalogueText, ruleText } from './report';

/** Runs `npm run advise`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: ADVISE_HELP, parse: parseAdvise, execute: advise }, args);
}

async function advise(request: AdviseRequest): Promise<number> {
  const folders = await Promise.all(request.folders.map((folder) => OutputFolder.openExisting(folder)));
  const records = folders.flatMap((folder) => folder.records);
  const text =
    request.kind === 'published'
      ? catalogueText(request.filter) + ruleText(records, request.hardware)
      : adviceText(records, request.decision, request.grouped);
  process.stdout.write(text);
  if (request.out !== undefined) await writeWhole(request.out, text);
  return 0;
}
