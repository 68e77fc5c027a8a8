import { runSubcommand } from '../../shared/subcommands';
import { main as apply } from './apply/command';
import { main as examples } from './examples/command';
import { main as make } from './make/command';

const SUBCOMMANDS = {
  make: { main: make, help: 'writes the difference between a data set and one derived from it' },
  apply: { main: apply, help: 'restores the derived data set from the base and the difference' },
  examples: { main: examples, help: 'measures generated examples' },
};

/** Runs `npm run data-delta`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  const note = 'Stores a data set as its difference from another one (docs/data-delta.md).';
  return runSubcommand('data-delta', note, SUBCOMMANDS, args, undefined);
}
