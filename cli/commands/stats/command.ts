import { LabError } from '../../../src/base/errors';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { runCommand } from '../../shared/command';
import { parseStats, STATS_HELP } from './options';
import { statisticsText } from './report';

/** Runs `npm run stats`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: STATS_HELP, parse: parseStats, execute: printStatistics }, args);
}

async function printStatistics(folder: string): Promise<number> {
  const { records } = await OutputFolder.openExisting(folder);
  const texts = records.flatMap((record) => statisticsText(record) ?? []);
  if (texts.length === 0)
    throw new LabError(
      'bad-input',
      `${folder} has no records of the protocol llama.cpp, so there are no statistics over tokens.`,
      'Measure with `npm run sweep -- --protocol llama.cpp --out DIR`.',
    );
  process.stdout.write(texts.join('\n'));
  return 0;
}
