import { defineConfig } from '@playwright/test';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What scripts/setup.mjs found on this machine. */
const ENVIRONMENT_FILE = '.cache/environment.json';
/** Not the port of `npm start`: both may run at once. */
const PORT = Number(process.env.BITCURVE_E2E_PORT ?? 4174);

/** CHROME_PATH, or what setup recorded; undefined lets Playwright use its own. */
function chromiumPath(): string | undefined {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  if (!existsSync(ENVIRONMENT_FILE)) return undefined;
  return (JSON.parse(readFileSync(ENVIRONMENT_FILE, 'utf8')) as { chromium?: string }).chromium;
}

/**
 * End-to-end tests drive the built page in full Chromium, headless. The headless shell Playwright would take by itself has
 * no WebGPU, hence `channel: 'chromium'` (new headless mode) where no executable is named.
 */
const executablePath = chromiumPath();

export default defineConfig({
  testDir: 'e2e',
  timeout: 300_000,
  // On a busy or slow machine a step of the lab takes many times what it usually does; only a failure waits this long.
  expect: { timeout: 120_000 },
  globalSetup: './e2e/support/buildCommands.mjs',
  fullyParallel: false,
  // While one test waits for the software adapter, another opens its page, draws or reads files.
  workers: Math.min(2, availableParallelism()),
  // A test that passes the second time is a defect to find.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list'], ['json', { outputFile: '.cache/reports/e2e.json' }]],
  outputDir: 'test-results',
  use: {
    baseURL: `http://localhost:${PORT}/`,
    headless: true,
    ...(executablePath ? {} : { channel: 'chromium' }),
    actionTimeout: 60_000,
    viewport: { width: 1280, height: 720 },
    contextOptions: { reducedMotion: 'reduce' },
    screenshot: 'only-on-failure',
    // What was done, asked for and logged. Pictures of the page after each step cost a sixth of the suite's processor time;
    // `--trace on` takes them where a failure needs them.
    trace: { mode: 'retain-on-failure', snapshots: false, screenshots: false },
    launchOptions: {
      executablePath,
      args: [
        // Containers run as root, where Chromium's sandbox cannot start.
        '--no-sandbox',
        // WebGPU on SwiftShader, which Chromium otherwise keeps from pages; also gives unquantised timestamps.
        // https://developer.chrome.com/docs/web-platform/webgpu/troubleshooting-tips
        '--enable-unsafe-webgpu',
        // Tests end before optimising most functions of the WebAssembly runtime would pay.
        '--js-flags=--wasm-tiering-budget=200000000',
      ],
    },
  },
  webServer: {
    command: `node scripts/serve.mjs --port ${PORT}`,
    url: `http://localhost:${PORT}/`,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 2000 },
  },
});
