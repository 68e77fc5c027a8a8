import { resolve } from 'node:path';
import { optionsHelp, readArguments, type OptionTable } from '../../shared/options';

const OPTIONS: OptionTable = {
  out: {
    value: 'DIR',
    help: 'a new folder for records.json, records.csv, speeds.json and curve.html (required)',
  },
};

export const MERGE_HELP = `Usage: npm run merge -- DIR… --out DIR

Joins the output folders of a sweep's parts (npm run sweep -- --shard PART/PARTS), or of any sweeps. Records with equal run keys, which are of
the same model, codec, data, protocol, seed, version and kind of device, become one; speeds.json keeps the speed of every machine. The exit
code is 1 if two of them differ in anything that must be equal.

${optionsHelp(OPTIONS)}
Example: npm run merge -- results/part1 results/part2 --out results/all

The same sweep without --shard and with --out results/all then measures what is missing, and prints the table of a named plan.
`;

export interface MergeRequest {
  folders: readonly string[];
  out: string;
}

/** Parses the arguments of `npm run merge`. @throws LabError bad-plan for invalid arguments */
export function parseMerge(args: readonly string[]): MergeRequest {
  const given = readArguments(args, OPTIONS, ['DIR…']);
  return {
    folders: given.positionals.map((path) => resolve(path)),
    out: resolve(given.required('out')),
  };
}
