import { openDawn } from '../platform/node/dawn';
import { Gpu } from '../gpu/gpu';
import type { OpenOptions } from '../gpu/device';

/** Artificial binding cap in bytes of the suite's second pass, in which every matrix of size is split. */
const CAP = process.env.BITCURVE_BINDING_CAP;

/** Linux: the same software adapter on every machine. Elsewhere there is none to install, and Dawn takes the system's. */
const ADAPTER = process.platform === 'linux' ? 'software' : 'auto';

const opened = new Map<string, Promise<Gpu>>();

/** The GPU of a kernel test: Dawn on the software adapter, shared by the tests of one file. Never skips: it throws. */
export function testGpu(options: OpenOptions = {}): Promise<Gpu> {
  const all = { ...(CAP && { bindingCap: Number(CAP) }), ...options };
  const key = JSON.stringify(all);
  let gpu = opened.get(key);
  if (!gpu) opened.set(key, (gpu = Gpu.open(openDawn(ADAPTER), all)));
  return gpu;
}
