import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { TOOLS } from './paths.mjs';
import { aptInstall, canInstallPackages, distribution } from './machine.mjs';
import { execute, executeNode } from './process.mjs';
import { Failure } from './terminal.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FIXED_PATHS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Finds a Chromium with WebGPU: CHROME_PATH, Playwright's own, or one of this machine. If there is none, installs Debian's package,
 * or the one of Playwright.
 * @returns {Promise<string>} path of the executable
 * @throws Failure if none can be found or installed, or it does not start
 */
export async function findChromium() {
  const named = process.env.CHROME_PATH;
  if (named) return usable(named, 'CHROME_PATH');
  const found = (await playwrightChromium()) ?? installedChromium();
  if (found) return usable(found, 'the browser found');
  await install();
  const installed = (await playwrightChromium()) ?? installedChromium();
  if (installed) return usable(installed, 'the browser installed');
  throw new Failure(
    'No Chromium was found after installing one.',
    'Install Chromium or Chrome and set CHROME_PATH to it.',
  );
}

/** Whether a browser is the headless shell, a reduced build without WebGPU, with which every test would fail. */
export function isHeadlessShell(path) {
  return /headless[-_]shell/i.test(basename(path));
}

async function usable(path, what) {
  if (isHeadlessShell(path))
    throw new Failure(
      `${what} is ${path}, Chromium's headless shell, which has no WebGPU.`,
      'Set CHROME_PATH to a full Chromium or Chrome.',
    );
  const { code, output } = existsSync(path)
    ? await execute(path, ['--version', '--no-sandbox'], { timeoutMs: 30_000 })
    : { code: 127, output: 'no such file' };
  if (code === 0) return path;
  throw new Failure(
    `${path} does not start: ${output.trim().split('\n').slice(-3).join(' ')}`,
    'Install a working Chromium (for Playwright’s own: npx playwright install-deps chromium), or set CHROME_PATH.',
  );
}

async function playwrightChromium() {
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  return path && existsSync(path) && !isHeadlessShell(path) ? path : undefined;
}

function installedChromium() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...FIXED_PATHS,
  ];
  return candidates.find((path) => existsSync(path));
}

async function install() {
  // Ubuntu's package only installs a snap, which needs a running snapd.
  if (canInstallPackages() && distribution().id === 'debian') return aptInstall(['chromium']);
  process.stderr.write('Installing Chromium with Playwright…\n');
  const { code, output } = await executeNode(TOOLS.playwright, ['install', 'chromium', '--no-shell']);
  if (code === 0) return undefined;
  throw new Failure(
    `Chromium is not installed and Playwright could not download it:\n${output.trim().split('\n').slice(-5).join('\n')}`,
    'Install Chromium or Chrome and set CHROME_PATH to it, or connect to the network.',
  );
}
