import { inRoot } from './paths.mjs';

/**
 * Loads a TypeScript module of the project, with its shaders and globs, and hands its exports to `work`. Vite finds modules as it
 * does for the page; nothing is served.
 * @param path from the project's folder, such as `src/testing/fuzz/main.ts`
 */
export async function withModule(path, work) {
  // Not before the dependencies are there.
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
