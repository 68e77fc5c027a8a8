import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { findChromium } from './chromium.mjs';
import { ENVIRONMENT_FILE } from './paths.mjs';
import { findVulkan } from './vulkan.mjs';

const FINDERS = { chromium: findChromium, vulkan: findVulkan };

/**
 * Finds or installs the programs that the tests need and records them for playwright.config.ts. They are searched each time, since a
 * browser may have been removed or updated.
 * @param {('chromium' | 'vulkan')[]} needs
 * @throws Failure with a remedy
 */
export async function setUp(needs) {
  const environment = readEnvironment();
  for (const need of needs) environment[need] = await FINDERS[need]();
  mkdirSync(dirname(ENVIRONMENT_FILE), { recursive: true });
  writeFileSync(ENVIRONMENT_FILE, `${JSON.stringify(environment, null, 2)}\n`);
  if (needs.includes('vulkan') && environment.vulkan.note)
    process.stderr.write(`Note: ${environment.vulkan.note}\n`);
  return environment;
}

function readEnvironment() {
  try {
    return existsSync(ENVIRONMENT_FILE) ? JSON.parse(readFileSync(ENVIRONMENT_FILE, 'utf8')) : {};
  } catch {
    return {};
  }
}
