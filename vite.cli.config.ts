import { defineConfig } from 'vite';
import { define } from './vite.config.ts';

/** The command line: the same lab, bundled for Node. Packages stay outside; Node loads them from node_modules. */
export default defineConfig({
  define,
  build: {
    target: 'node20',
    outDir: 'dist/cli',
    copyPublicDir: false,
    sourcemap: true,
    ssr: true,
    rolldownOptions: {
      input: ['sweep', 'compress', 'decompress', 'check', 'bench', 'report'].map((name) => `cli/${name}.ts`),
    },
  },
});
