import { readArguments, readPort } from './lib/arguments.mjs';
import { build } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { readHub } from './lib/hub.mjs';
import { inRoot } from './lib/paths.mjs';
import { serve } from './lib/staticServer.mjs';
import { runMain } from './lib/terminal.mjs';

const DEFAULT_PORT = 4173;
const HELP = `Usage: npm start [-- --port N] [--hub ORIGIN[,HOST…]]

Installs what is missing, builds the page and serves it on this machine.

  --port N              port to serve on (default ${DEFAULT_PORT})
  --hub ORIGIN[,HOST…]  where the page downloads models, and the hosts it is redirected to, for example
                        https://mirror.example,https://*.files.example (default https://huggingface.co and its
                        own; also from BITCURVE_HUB). The page can ask no other host.
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
