import { sep } from 'node:path';
import { ensureDependencies } from './lib/dependencies.mjs';
import { usage } from './lib/arguments.mjs';
import { TOOLS } from './lib/paths.mjs';
import { executeNode } from './lib/process.mjs';
import { runMain } from './lib/terminal.mjs';

const HELP = `Usage: npm run test:unit -- FILE…

Runs tests that need no GPU: those whose path holds one of the texts given, for example src/base/format.test.ts or src/lab/.
Further options go to Vitest: -t NAME runs the tests of that name.
`;

/** @returns the exit code of Vitest */
async function main() {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) return void process.stdout.write(HELP);
  if (args.length === 0)
    throw usage('No test file is named.', 'Write npm run test:unit -- FILE; npm test runs them all.');
  await ensureDependencies();
  const files = args.map((arg) => arg.replaceAll(sep, '/'));
  const { code } = await executeNode(TOOLS.vitest, ['run', '--project', 'unit', ...files], { stream: true });
  return code;
}

await runMain(main);
