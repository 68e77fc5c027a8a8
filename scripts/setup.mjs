import { readArguments } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { runMain } from './lib/terminal.mjs';

const HELP = `Usage: npm run setup

Makes this machine able to run the tests: dependencies, a Chromium with WebGPU, a Vulkan driver for Dawn.
Uses what is already there; as root on Debian it installs what is missing. CHROME_PATH names another browser.
`;

async function main() {
  readArguments({}, HELP);
  await ensureDependencies();
  const { chromium, vulkan } = await setUp(['chromium', 'vulkan']);
  process.stdout.write(`Chromium: ${chromium}\nKernel tests: ${vulkan.adapter}\n`);
}

await runMain(main);
