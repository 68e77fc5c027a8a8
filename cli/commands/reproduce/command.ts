import { join } from 'node:path';
import { Cancelled } from '../../../src/base/errors';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { runCommand } from '../../shared/command';
import { parseReproduce, REPRODUCE_HELP, type ReproduceRequest } from './options';
import { differencesCsv, outcomeText, type TargetOutcome } from './report';
import { runInProcess, runTarget, type RunCommandLine } from './run';

/** Runs `npm run reproduce`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand(
    {
      help: REPRODUCE_HELP,
      parse: parseReproduce,
      execute: (request, signal) => reproduce(request, runInProcess, signal),
    },
    args,
  );
}

/** Runs the targets one after the other and reports each as it ends. @returns the exit code */
export async function reproduce(
  { targets, out }: ReproduceRequest,
  run: RunCommandLine,
  signal: AbortSignal,
): Promise<number> {
  const outcomes: TargetOutcome[] = [];
  for (const [i, target] of targets.entries()) {
    process.stderr.write(`${i + 1} of ${targets.length}: ${target.name}, about ${target.minutes} min\n`);
    try {
      outcomes.push(await runTarget(target, out, run, signal));
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      process.stderr.write(`Stopped in ${target.name}. The same command continues in ${out}.\n`);
      await write(out, outcomes);
      return 130;
    }
    process.stdout.write(outcomeText(outcomes.at(-1)!));
    await write(out, outcomes);
  }
  const failed = outcomes.filter((outcome) => outcome.failed);
  process.stdout.write(
    failed.length === 0
      ? `Everything that was run agrees. Results: ${out}\n`
      : `${failed.length} of ${outcomes.length} targets differ: ${failed.map(({ target }) => target.name).join(', ')}. Results: ${out}\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

async function write(out: string, outcomes: readonly TargetOutcome[]): Promise<void> {
  await writeWhole(join(out, 'differences.csv'), differencesCsv(outcomes));
  const summary = outcomes.map(({ target, fields, problem, failed }) => ({
    ...{ name: target.name, committed: target.committed, failed, ...(problem !== undefined && { problem }) },
    ...{ fields: fields.length, differences: fields.filter(({ agrees }) => !agrees) },
  }));
  await writeWhole(join(out, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`);
}
