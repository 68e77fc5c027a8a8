import { readArguments, readPort } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT } from './lib/paths.mjs';
import { runMain } from './lib/terminal.mjs';

const DEFAULT_PORT = 5173;
const HELP = `Usage: npm run dev [-- --port N]

Installs what is missing and serves the page from its sources; a change shows as soon as its file is saved.
BITCURVE_HUB names another hub than https://huggingface.co.

  --port N  port to serve on (default ${DEFAULT_PORT})
  --help    this text
`;

async function main() {
  const port = readPort(readArguments({ port: { type: 'string' } }, HELP).port, DEFAULT_PORT);
  await ensureDependencies();
  const { createServer } = await import('vite');
  const server = await createServer({ root: ROOT, server: { port, strictPort: true } });
  await server.listen();
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => server.close().then(() => process.exit()));
  process.stdout.write(`Bitcurve is at http://localhost:${port}/\nPress Ctrl-C to stop.\n`);
}

await runMain(main);
