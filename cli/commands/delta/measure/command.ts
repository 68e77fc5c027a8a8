import { runCommand } from '../../../shared/command';
import { main as sweep } from '../../sweep/command';
import type { PageHost } from '../../sweep/browser';
import { DELTA_MEASURE_HELP, sweepArguments } from './options';

/** Runs `npm run delta -- measure`, which is a sweep of the fine-tuned model with deltas as its files. @returns the exit code */
export async function main(args: readonly string[], host: PageHost): Promise<number> {
  let parsed: readonly string[] | undefined;
  const code = await runCommand(
    {
      help: DELTA_MEASURE_HELP,
      parse: sweepArguments,
      execute: async (found) => {
        parsed = found;
        return 0;
      },
    },
    args,
  );
  return parsed ? sweep(parsed, host) : code;
}
