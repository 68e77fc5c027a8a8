import { runSubcommand } from '../../shared/subcommands';
import { main as apply } from './apply/command';
import type { PageHost } from '../sweep/browser';
import { main as make } from './make/command';
import { main as measure } from './measure/command';
import { main as pairs } from './pairs/command';

const SUBCOMMANDS = {
  make: { main: make, help: 'writes the difference between a model and its fine-tune' },
  apply: { main: apply, help: 'restores the fine-tune from the base and the difference' },
  measure: { main: measure, help: 'measures the models that differences restore' },
  pairs: { main: pairs, help: 'trains pairs of models and prints tables of their differences' },
};

/** Runs `npm run delta`. @returns the exit code */
export function main(args: readonly string[], host: PageHost): Promise<number> {
  const note = 'Stores a fine-tuned model as its difference from the base (docs/delta.md).';
  return runSubcommand('delta', note, SUBCOMMANDS, args, host);
}
