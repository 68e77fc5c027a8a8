import { resolve } from 'node:path';
import { readArguments } from '../../shared/options';

export const REPORT_HELP = `Usage: npm run report -- DIR

Publishes a sweep of the embedded models: writes the tables of DIR/records.json to docs/results.md, the frontier of its first
model to README.md, and the records to public/examples, which the page shows until a visitor has measured something.
`;

/**
 * Parses the arguments of `npm run report`.
 * @returns the folder of the sweep
 * @throws LabError bad-plan for invalid arguments
 */
export function parseReport(args: readonly string[]): string {
  return resolve(readArguments(args, {}, ['DIR']).positionals[0]);
}
