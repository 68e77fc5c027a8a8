import { resolve } from 'node:path';
import { readArguments } from '../../shared/options';

export const REPORT_HELP = `Usage: npm run report -- DIR

Publishes a sweep of this project's own models: writes the tables of DIR/records.json into docs/results.md, the frontier
of its first model into README.md, and the records into public/examples, where the page shows them to visitors without
WebGPU.
`;

/** @returns the folder of the sweep @throws LabError bad-plan with a sentence for every wrong argument */
export function parseReport(args: readonly string[]): string {
  return resolve(readArguments(args, {}, ['DIR']).positionals[0]);
}
