import react from '@vitejs/plugin-react';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const version = (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;

/** The commit a build was made from, or "unknown" outside a checkout. */
function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    return 'unknown';
  }
}

export const define = {
  __VERSION__: JSON.stringify(version),
  __COMMIT__: JSON.stringify(commit()),
};

/** The page: static, relative paths, so any host and any folder serves it. */
export default defineConfig({
  base: './',
  define,
  plugins: [react()],
  worker: { format: 'es' },
  build: { target: 'es2023', outDir: 'dist/page' },
});
