import react from '@vitejs/plugin-react';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

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
  __HUB_ORIGIN__: JSON.stringify('https://huggingface.co'),
};

/** Shaders go to the page without comments and indentation, as scripts do. */
const shortShaders: Plugin = {
  name: 'short-shaders',
  enforce: 'pre',
  load(id) {
    if (!id.endsWith('.wgsl?raw')) return undefined;
    const lines = readFileSync(id.slice(0, -'?raw'.length), 'utf8').split('\n');
    const kept = lines.map((line) => line.replace(/\/\/.*$/, '').trim()).filter(Boolean);
    return `export default ${JSON.stringify(kept.join('\n'))};`;
  },
};

/** Shaders of one family of codecs travel together, so do those of training and of ternary products. */
function shaderChunk(id: string): string | null {
  const family = /\/shaders\/(?:codecs\/([^/]+)\/|(train)\/|linear\/(ternary)[^/]*$)/.exec(id.split('?')[0]);
  const name = family?.[1] ?? family?.[2] ?? (family && 'ternary-products');
  return name ? `shaders-${name}` : null;
}

/** The page: static, relative paths, so any host and any folder serves it. */
export default defineConfig({
  base: './',
  define,
  plugins: [react(), shortShaders],
  worker: {
    format: 'es',
    plugins: () => [shortShaders],
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ debugName: 'shaders loaded later', name: shaderChunk, test: /\/shaders\// }],
        },
      },
    },
  },
  build: { target: 'es2023', outDir: 'dist/page' },
});
