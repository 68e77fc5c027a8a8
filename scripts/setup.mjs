import { readArguments } from './lib/arguments.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { setUp } from './lib/environment.mjs';
import { runMain } from './lib/terminal.mjs';

const HELP = `Usage: npm run setup

Prepares this machine for the tests: dependencies, a Chromium with WebGPU, a Vulkan driver for Dawn.
Installed programs are used; as root on Debian missing ones are installed. CHROME_PATH selects another browser.
`;

async function main() {
  readArguments({}, HELP);
  await ensureDependencies();
  const { chromium, vulkan } = await setUp(['chromium', 'vulkan']);
  process.stdout.write(`Chromium: ${chromium}\nKernel tests: ${vulkan.adapter}\n`);
}

await runMain(main);
