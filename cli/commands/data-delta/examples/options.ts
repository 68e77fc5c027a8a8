import { resolve } from 'node:path';
import { optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';

const DEFAULT_ROWS = 5000;

const OPTIONS: OptionTable = {
  rows: { value: 'N', help: `rows of each base (default: ${DEFAULT_ROWS})` },
  large: { value: 'MB', help: 'also measure time and memory with a base of about this many megabytes' },
  out: { value: 'FOLDER', help: 'keep the generated files and their deltas in this folder' },
};

export const DATA_DELTA_EXAMPLES_HELP = `Usage: npm run data-delta -- examples [options]

Generates pairs of data sets from TinyStories (a translation, a filtered subset, an extended chat set), makes and applies their
deltas, and prints a table of savings, rates and memory.

${optionsHelp(OPTIONS)}`;

export interface DataDeltaExamplesRequest {
  rows: number;
  /** Size of the large base in bytes; 0 for none. */
  largeBytes: number;
  out?: string;
}

/** Parses the arguments of `npm run data-delta -- examples`. @throws LabError bad-plan for every invalid option */
export function parseDataDeltaExamples(args: readonly string[]): DataDeltaExamplesRequest {
  const given = readArguments(args, OPTIONS);
  const count = (name: string, fallback: number) => {
    const text = given.value(name) ?? String(fallback);
    if (/^\d{1,7}$/.test(text)) return Number(text);
    throw usage(`--${name} cannot be "${text.slice(0, 60)}".`, 'Write a whole number below 10 million.');
  };
  const out = given.value('out');
  return {
    rows: count('rows', DEFAULT_ROWS),
    largeBytes: 1e6 * count('large', 0),
    out: out === undefined ? undefined : resolve(out),
  };
}
