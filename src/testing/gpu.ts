import { openDawn } from '../platform/node/dawn';
import { Gpu } from '../gpu/gpu';
import type { OpenOptions } from '../gpu/device';
import { dawnWith } from './dawnWith';

/** Artificial limit of binding sizes in bytes in the second pass of the suite, in which all larger matrices are split. */
const CAP = process.env.BITCURVE_BINDING_CAP;

/** The same software adapter on every Linux machine; elsewhere there is none to install, and Dawn chooses. */
const ADAPTER = process.platform === 'linux' ? 'software' : 'auto';

const opened = new Map<string, Promise<Gpu>>();
const devices = new Map<string, Promise<GPUDevice>>();

/**
 * Returns the GPU for kernel tests, Dawn on the software adapter, shared by the test files of a process. GPUs with the same features
 * share a device, so that a kernel is compiled once whatever the limit of bindings. It throws if there is none.
 */
export function testGpu(options: OpenOptions = {}): Promise<Gpu> {
  const all = { ...(CAP && { bindingCap: Number(CAP) }), ...options };
  const key = JSON.stringify(all);
  let gpu = opened.get(key);
  if (!gpu) opened.set(key, (gpu = Gpu.open(sharedDevices(openDawn(ADAPTER)), all)));
  return gpu;
}

/** Lets an adapter open one device for each set of features. */
function sharedDevices(dawn: GPU): GPU {
  return dawnWith(dawn, (requestDevice, descriptor) => {
    const key = [...descriptor!.requiredFeatures!].join();
    let device = devices.get(key);
    if (!device) devices.set(key, (device = requestDevice(descriptor)));
    return device;
  });
}

/** Returns the bytes that live buffers of all test GPUs hold, which are none after each test file. */
export async function liveBytes(): Promise<number> {
  const gpus = await Promise.all(opened.values());
  return gpus.reduce((sum, { buffers }) => sum + buffers.liveBytes, 0);
}
