import { inRoot } from './paths.mjs';

/**
 * Loads a TypeScript module of the project, with its shaders and globs, and calls `work` with its exports. Vite resolves modules as
 * for the page, but serves nothing.
 * @param path path relative to the project's folder, such as `src/testing/fuzz/main.ts`
 */
export async function withModule(path, work) {
  // Imported here, since the dependencies may have been installed only now.
  const { createServer } = await import('vite');
  const server = await createServer({
    root: inRoot(''),
    logLevel: 'error',
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  try {
    return await work(await server.ssrLoadModule(`/${path}`));
  } finally {
    await server.close();
  }
}
