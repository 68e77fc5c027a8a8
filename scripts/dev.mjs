import { readArguments, readPort } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { ROOT } from './lib/paths.mjs';
import { runMain } from './lib/terminal.mjs';

const DEFAULT_PORT = 5173;
const HELP = `Usage: npm run dev [-- --port N]

Installs missing dependencies and serves the page from its sources; it is reloaded when a file is saved.
BITCURVE_HUB selects another hub than https://huggingface.co.

  --port N  port of the server (default: ${DEFAULT_PORT})
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
