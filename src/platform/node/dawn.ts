import { existsSync } from 'node:fs';
import { create, globals } from 'webgpu';
import { LabError } from '../../base/errors';

/** Paths of software Vulkan drivers in Linux distributions and Chromium, best first. */
const SOFTWARE_DRIVERS = [
  '/usr/share/vulkan/icd.d/lvp_icd.json',
  '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
  '/usr/share/vulkan/icd.d/lvp_icd.aarch64.json',
  '/usr/lib/chromium/vk_swiftshader_icd.json',
];

/** The only strong reference to Dawn's instance; if the instance is collected, every later call fails. */
let instance: GPU | undefined;

/**
 * Opens Dawn in Node.
 * @param adapter `auto` (Dawn's default), `software` (lavapipe or SwiftShader), or part of an adapter's name
 * @throws LabError no-webgpu if no software driver is installed
 */
export function openDawn(adapter = 'auto'): GPU {
  if (instance) return instance;
  Object.assign(globalThis, globals);
  if (adapter === 'software' && !process.env.VK_ICD_FILENAMES)
    process.env.VK_ICD_FILENAMES = softwareDriver();
  const flags = adapter === 'auto' || adapter === 'software' ? [] : [`adapter=${adapter}`];
  instance = create([...flags]);
  return instance;
}

function softwareDriver(): string {
  const found = SOFTWARE_DRIVERS.find((path) => existsSync(path));
  if (found) return found;
  throw new LabError(
    'no-webgpu',
    'No software Vulkan driver is installed.',
    'Run `npm run setup`, or install Mesa 25 or newer (Debian 12: mesa-vulkan-drivers from bookworm-backports).',
  );
}
