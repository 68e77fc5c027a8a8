import { readdirSync } from 'node:fs';
import { defineConfig } from 'vite';
import { define } from './vite.config.ts';

/** Each folder is a command, built on its own. */
const COMMANDS = readdirSync(new URL('cli/commands', import.meta.url));

/** The command line: the same lab, bundled for Node. Packages stay outside; Node loads them from node_modules. */
export default defineConfig({
  define,
  build: {
    target: 'node20',
    outDir: 'dist/cli',
    // A command that is running loads its codecs when it needs them: a build beside it must not take them away.
    emptyOutDir: false,
    copyPublicDir: false,
    sourcemap: true,
    ssr: true,
    rolldownOptions: {
      input: {
        ...Object.fromEntries(COMMANDS.map((name) => [name, `cli/commands/${name}/command.ts`])),
        // Loaded by path (src/platform/node/lab.ts).
        'references.worker': 'src/platform/node/references.worker.ts',
      },
    },
  },
});
