import { LabError } from '../../../src/base/errors';
import { recordsToMarkdown } from '../../../src/lab/results/export';
import { mergeRuns, type MeasuredRuns } from '../../../src/lab/results/merge';
import { OutputFolder, readRuns, writeRuns } from '../../../src/platform/node/recordStore';
import { runCommand } from '../../shared/command';
import { drawCurve } from '../../shared/curveHtml';
import { MERGE_HELP, parseMerge, type MergeRequest } from './options';

/** Runs `npm run merge`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: MERGE_HELP, parse: parseMerge, execute: merge }, args);
}

async function merge({ folders, out }: MergeRequest): Promise<number> {
  const runs: MeasuredRuns[] = [];
  for (const folder of folders) runs.push(await readRuns(folder));
  const merged = mergeRuns(runs);
  const folder = await OutputFolder.open(out);
  if (folder.records.length > 0)
    throw new LabError('bad-input', `${out} has records already.`, 'Name a new folder with --out.');
  await writeRuns(folder, merged);
  await drawCurve(folder);
  process.stdout.write(recordsToMarkdown(merged.records));
  process.stderr.write(`${merged.records.length} records of ${folders.length} folders: ${folder.path}\n`);
  return 0;
}
