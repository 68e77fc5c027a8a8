import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** The project's folder. Scripts work from any current folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const inRoot = (...parts) => join(ROOT, ...parts);

/** Programs that setup.mjs found on this machine, for the test runner and playwright.config.ts. */
export const ENVIRONMENT_FILE = inRoot('.cache', 'environment.json');

/** The JavaScript entry of each tool, which runs with this Node without a shell or .cmd wrappers. */
export const TOOLS = {
  prettier: inRoot('node_modules/prettier/bin/prettier.cjs'),
  knip: inRoot('node_modules/knip/bin/knip.js'),
  dependencyCruiser: inRoot('node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
  vitest: inRoot('node_modules/vitest/vitest.mjs'),
  vite: inRoot('node_modules/vite/bin/vite.js'),
  playwright: inRoot('node_modules/@playwright/test/cli.js'),
};
