import { sep } from 'node:path';
import { ensureDependencies } from './lib/dependencies.mjs';
import { usage } from './lib/arguments.mjs';
import { TOOLS } from './lib/paths.mjs';
import { executeNode } from './lib/process.mjs';
import { runMain } from './lib/terminal.mjs';

const HELP = `Usage: npm run test:unit -- FILE…

Runs the tests without a GPU whose path contains one of the given texts, such as src/base/format.test.ts or src/lab/.
Further options are passed to Vitest: -t NAME runs the tests of that name.
`;

/** Runs unit tests. @returns the exit code of Vitest */
async function main() {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(HELP);
  if (args.length === 0)
    throw usage('No test file is named.', 'Write npm run test:unit -- FILE. npm test runs all of them.');
  await ensureDependencies();
  const files = args.map((arg) => arg.replaceAll(sep, '/'));
  const { code } = await executeNode(TOOLS.vitest, ['run', '--project', 'unit', ...files], { stream: true });
  return code;
}

await runMain(main);
