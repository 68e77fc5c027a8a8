import { defineConfig } from 'vite';
import { define } from './vite.config.ts';

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
      input: [
        'sweep',
        'compress',
        'decompress',
        'check',
        'bench',
        'report',
        'train',
        'gguf',
        'verify',
        'validate',
      ].map((name) => `cli/${name}.ts`),
    },
  },
});
