import { LabError } from '../../../src/base/errors';
import { compareRuns } from '../../../src/lab/results/runComparison';
import { readRecords } from '../../../src/platform/node/recordStore';
import { runCommand } from '../../shared/command';
import { COMPARE_HELP, parseCompare, type CompareRequest } from './options';
import { comparisonText, fails, overLimit } from './report';

/** Runs `npm run compare`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: COMPARE_HELP, parse: parseCompare, execute: compare }, args);
}

async function compare({ before, after, show, failOn, maxIncrease }: CompareRequest): Promise<number> {
  const found = compareRuns(await readRecords(before), await readRecords(after));
  if (found.changes.length + found.incomparable.length === 0)
    throw new LabError(
      'bad-input',
      `${before} and ${after} have no codec of a model in common.`,
      'Compare two runs of the same plan.',
    );
  process.stdout.write(comparisonText(found, show));
  const over = maxIncrease === undefined ? [] : overLimit(found, maxIncrease);
  for (const sentence of over) process.stdout.write(`${sentence}\n`);
  return over.length > 0 || fails(found, failOn) ? 1 : 0;
}
