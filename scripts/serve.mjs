import { existsSync } from 'node:fs';
import { readArguments, readPort } from './lib/arguments.mjs';
import { inRoot } from './lib/paths.mjs';
import { serve } from './lib/staticServer.mjs';
import { Failure, runMain } from './lib/terminal.mjs';

const HELP = `Usage: node scripts/serve.mjs [--port N] [--host ADDRESS]

Serves the built page without building it, for the end-to-end tests and the image; \`npm start\` builds it first.
Without --host it serves this machine only; in a container, 0.0.0.0 serves its published port.
`;

async function main() {
  const given = readArguments({ port: { type: 'string' }, host: { type: 'string' } }, HELP);
  const port = readPort(given.port, 4173);
  if (!existsSync(inRoot('dist/page/index.html')))
    throw new Failure('The page is not built.', 'Run `npm start`, or `npm test -- --only page`.');
  const stop = await serve(inRoot('dist/page'), port, given.host);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  process.stdout.write(`http://localhost:${port}/\n`);
}

await runMain(main);
