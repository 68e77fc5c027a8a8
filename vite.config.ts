import react from '@vitejs/plugin-react';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { contentSecurityPolicy, readHub } from './scripts/lib/hub.mjs';

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

/** What the page, the command line and the tests are built with. */
export const define = {
  __VERSION__: JSON.stringify(version),
  __COMMIT__: JSON.stringify(commit()),
  __HUB_ORIGIN__: JSON.stringify(readHub().origin),
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

/** Set by `npm start -- --hub`; only the page is built for a mirror, the command line reads the variable itself. */
const hub = readHub(process.env.BITCURVE_HUB);

/** The page asks this host and that hub, and no other. Not while developing, where Vite adds scripts of its own. */
const contentSecurity: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: (html) => {
    const policy = contentSecurityPolicy(hub.hosts);
    return html.replace(
      '<head>',
      `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    );
  },
};

/** Shaders of one family of codecs travel together, so do those of training and of ternary products. */
function shaderChunk(id: string): string | null {
  const family = /\/shaders\/(?:codecs\/(?:kit\/)?([^/]+)\/|(train)\/|linear\/(ternary)\/)/.exec(
    id.split('?')[0],
  );
  const name = family?.[1] ?? family?.[2] ?? (family && 'ternary-products');
  return name ? `shaders-${name}` : null;
}

/** All codecs' descriptions are needed at once; alone in their files they would hardly compress. */
const metas = {
  debugName: 'descriptions of codecs',
  name: 'codecs',
  test: /\/src\/codecs\/methods\/.+\/meta\.ts$/,
};

/** Pyodide looks for its files by their names in one folder; the version in the folder's name takes the place of their checksums. */
const pyodide = JSON.parse(readFileSync('node_modules/pyodide/package.json', 'utf8')) as { version: string };
const assetFileNames = ({ names }: { names: readonly string[] }): string =>
  names.some((name) => name.startsWith('pyodide.asm.') || name === 'python_stdlib.zip')
    ? `assets/pyodide-${pyodide.version}/[name][extname]`
    : 'assets/[name]-[hash][extname]';

/** The page: static, relative paths, so any host and any folder serves it. */
export default defineConfig({
  base: './',
  define: { ...define, __HUB_ORIGIN__: JSON.stringify(hub.origin) },
  plugins: [react(), shortShaders, contentSecurity],
  worker: {
    format: 'es',
    plugins: () => [shortShaders],
    rolldownOptions: {
      output: {
        assetFileNames,
        codeSplitting: {
          groups: [{ debugName: 'shaders loaded later', name: shaderChunk, test: /\/shaders\// }, metas],
        },
      },
    },
  },
  build: {
    target: 'es2023',
    outDir: 'dist/page',
    rolldownOptions: { output: { assetFileNames, codeSplitting: { groups: [metas] } } },
  },
});
