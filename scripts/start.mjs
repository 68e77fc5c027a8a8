import { readArguments, readPort } from './lib/arguments.mjs';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { readHub } from './lib/hub.mjs';
import { inRoot } from './lib/paths.mjs';
import { serve } from './lib/staticServer.mjs';
import { runMain } from './lib/terminal.mjs';

const DEFAULT_PORT = 4173;
const HELP = `Usage: npm start [-- --port N] [--hub ORIGIN[,HOST…]]

Installs missing dependencies, builds the page and serves it on this machine.

  --port N              port of the server (default: ${DEFAULT_PORT})
  --hub ORIGIN[,HOST…]  hub of the page and the hosts to which its downloads are redirected, for example
                        https://mirror.example,https://*.files.example (default: BITCURVE_HUB, or
                        https://huggingface.co and its hosts). The page cannot connect to other hosts.
  --help                this text
`;

async function main() {
  const options = readArguments({ port: { type: 'string' }, hub: { type: 'string' } }, HELP);
  const port = readPort(options.port, DEFAULT_PORT);
  const hub = readHub(options.hub ?? process.env.BITCURVE_HUB);
  await ensureDependencies();
  await build('page', hub.hosts);
  const stop = await serve(inRoot('dist/page'), port);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  process.stdout.write(`Bitcurve is at http://localhost:${port}/\nPress Ctrl-C to stop.\n`);
}

await runMain(main);
