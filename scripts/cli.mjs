import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { runMain } from './lib/terminal.mjs';
import { pathToFileURL } from 'node:url';

/** Runs one command of the command line: `node scripts/cli.mjs sweep --model …`. Builds it first if sources changed. */
async function main() {
  const [command, ...args] = process.argv.slice(2);
  await ensureDependencies();
  await build('cli');
  process.setSourceMapsEnabled(true);
  const { main: run } = await import(pathToFileURL(inRoot('dist/cli', `${command}.js`)).href);
  return run(args);
}

await runMain(main);
// Dawn and headless browsers keep handles open; the work is done and written by now.
process.exit();
