import { resolve } from 'node:path';
import { optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';

const OPTIONS: OptionTable = {
  example: {
    value: 'NAME',
    help: 'publish the records only as the page’s example public/examples/NAME.json',
  },
};
/** The example with the records of the documents. */
export const MAIN_EXAMPLE = 'records';

export const REPORT_HELP = `Usage: npm run report -- DIR [options]

Publishes a sweep of the embedded models: writes the tables of DIR/records.json to docs/results.md, the frontier of its first
model to README.md, a diagram of speed and storage to docs/speed-and-storage.svg, and the records to public/examples, which the
page shows until a visitor has measured something.

${optionsHelp(OPTIONS)}`;

/** Which folder is published, and under which name as an example. */
export interface ReportRequest {
  folder: string;
  example: string;
}

/** Parses the arguments of `npm run report`. @throws LabError bad-plan for invalid options */
export function parseReport(args: readonly string[]): ReportRequest {
  const given = readArguments(args, OPTIONS, ['DIR']);
  const example = given.value('example') ?? MAIN_EXAMPLE;
  if (!/^[a-z0-9-]+$/.test(example) || example === 'index')
    throw usage(
      `--example cannot be "${example.slice(0, 60)}".`,
      'Write a name in small letters, such as skills.',
    );
  return { folder: resolve(given.positionals[0]), example };
}
