import { existsSync } from 'node:fs';
import { readArguments, readPort } from './lib/arguments.mjs';
import { inRoot } from './lib/paths.mjs';
import { serve } from './lib/staticServer.mjs';
import { Failure, runMain } from './lib/terminal.mjs';

const HELP = `Usage: node scripts/serve.mjs [--port N]

Serves the built page without building it, for the end-to-end tests; \`npm start\` builds it first.
`;

async function main() {
  const port = readPort(readArguments({ port: { type: 'string' } }, HELP).port, 4173);
  if (!existsSync(inRoot('dist/page/index.html')))
    throw new Failure('The page is not built.', 'Run `npm start`, or `npm test -- --only page`.');
  const stop = await serve(inRoot('dist/page'), port);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
  process.stdout.write(`http://localhost:${port}/\n`);
}

await runMain(main);
