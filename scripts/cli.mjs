import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { inRoot } from './lib/paths.mjs';
import { staticHandler } from './lib/staticServer.mjs';
import { runMain } from './lib/terminal.mjs';

/** Runs one command of the command line: `node scripts/cli.mjs sweep --model …`. Builds it first if sources changed. */
async function main() {
  const [command, ...args] = process.argv.slice(2);
  await ensureDependencies();
  await build('cli');
  useCallersFolder(command);
  process.setSourceMapsEnabled(true);
  const { main: run } = await import(pathToFileURL(inRoot('dist/cli', `${command}.js`)).href);
  return run(args, { openPage, findChromium });
}

/** Paths are relative to the folder of the user, which npm keeps while it runs scripts in the project's. */
function useCallersFolder(command) {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  // Any other script of npm, such as the tests, means its own folder.
  if (script === command && folder) process.chdir(folder);
}

async function findChromium() {
  const { chromium } = await setUp(['chromium']);
  return chromium;
}

/** For what runs in a browser: the built page on a free port of this machine, and a Chromium to open it in. */
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
// Dawn and headless browsers keep handles open; the work is done and written by now.
process.exit();
