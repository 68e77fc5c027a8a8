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
  if (adapter === 'software') leaveProcessor();
  if (adapter === 'software' && !process.env.VK_ICD_FILENAMES)
    process.env.VK_ICD_FILENAMES = softwareDriver();
  const flags = adapter === 'auto' || adapter === 'software' ? [] : [`adapter=${adapter}`];
  instance = create([...flags]);
  return instance;
}

/** Polls in vain before Dawn's next one is delayed: most waits for a small result are shorter. */
const QUICK_POLLS = 16;
/** The longest delay of a poll in milliseconds. */
const MAX_DELAY_MS = 0.25;

/**
 * Lets a software adapter have the processor that it computes on. While Dawn waits for the adapter, it asks for results in every turn of
 * the event loop (https://crbug.com/dawn/1127), which occupies a core. This delays each question after some that were in vain.
 */
function leaveProcessor(): void {
  const next = globalThis.setImmediate;
  const never = new Int32Array(new SharedArrayBuffer(4));
  let polling = false;
  let vain = 0;
  const delayed = (poll: () => void): NodeJS.Immediate => {
    // Dawn asks again from within a poll as long as something is outstanding, and from without for new work.
    vain = polling ? vain + 1 : 0;
    return next(() => {
      if (vain > QUICK_POLLS) Atomics.wait(never, 0, 0, MAX_DELAY_MS);
      polling = true;
      poll();
      polling = false;
    });
  };
  const isNative = (f: unknown) => Function.prototype.toString.call(f).endsWith('{ [native code] }');
  const replaced = (callback: (...args: unknown[]) => void, ...args: unknown[]) =>
    args.length === 0 && isNative(callback) ? delayed(callback) : next(callback, ...args);
  globalThis.setImmediate = Object.assign<typeof replaced, typeof next>(replaced, next);
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
