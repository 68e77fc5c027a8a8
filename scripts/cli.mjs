import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { inRoot } from './lib/paths.mjs';
import { staticHandler } from './lib/staticServer.mjs';
import { runMain } from './lib/terminal.mjs';

/** Runs a command of the command line, as in `node scripts/cli.mjs sweep --model …`, and builds it first if sources changed. */
async function main() {
  const [command, ...args] = process.argv.slice(2);
  await ensureDependencies();
  await build('cli');
  useCallersFolder(command);
  process.setSourceMapsEnabled(true);
  const { main: run } = await import(pathToFileURL(inRoot('dist/cli', `${command}.js`)).href);
  return run(args, { openPage, findChromium });
}

/** Makes paths relative to the user's folder, which npm stores while it runs scripts in the folder of the project. */
function useCallersFolder(command) {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  // Paths of other npm scripts, such as the tests, are relative to the folder of the project.
  if (script === command && folder) process.chdir(folder);
}

async function findChromium() {
  const { chromium } = await setUp(['chromium']);
  return chromium;
}

/** Serves the built page on a free port of this machine, and finds a Chromium that can open it. */
async function openPage() {
  await build('page');
  const chromium = await findChromium();
  const server = createServer(staticHandler(inRoot('dist/page')));
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, chromium, close };
}

await runMain(main);
// Dawn and headless browsers keep handles open; all results have been written.
process.exit();
