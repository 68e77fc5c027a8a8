import { readArguments, readPort } from './lib/arguments.mjs';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { inRoot } from './lib/paths.mjs';
import { serve } from './lib/staticServer.mjs';
import { runMain } from './lib/terminal.mjs';

const DEFAULT_PORT = 4173;
const HELP = `Usage: npm start [-- --port N]

Installs what is missing, builds the page and serves it on this machine.

  --port N   port to serve on (default ${DEFAULT_PORT})
  --help     this text
`;

async function main() {
  const port = readPort(readArguments({ port: { type: 'string' } }, HELP).port, DEFAULT_PORT);
  await ensureDependencies();
  await build('page');
  const stop = await serve(inRoot('dist/page'), port);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  process.stdout.write(`Bitcurve is at http://localhost:${port}/\nPress Ctrl-C to stop.\n`);
}

await runMain(main);
