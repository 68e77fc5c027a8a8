import { Gpu } from '../gpu/gpu';
import type { OpenOptions } from '../gpu/device';
import { openDawn } from '../platform/node/dawn';
import { dawnWith } from './dawnWith';

/** A change of one shader, such as a compiler's defect would be. */
export interface Alteration {
  /** Beginning of the label of the shaders to change, which is their path below shaders/. */
  shader: string;
  from: string;
  to: string;
}

/** Opens a device of the software adapter that computes other than it is told. The caller destroys it. */
export async function alteredGpu({ shader, from, to }: Alteration, options: OpenOptions = {}): Promise<Gpu> {
  const dawn = dawnWith(openDawn('software'), async (requestDevice, descriptor) => {
    const device = await requestDevice(descriptor);
    const createShaderModule = device.createShaderModule.bind(device);
    return Object.assign(device, {
      createShaderModule: (module: GPUShaderModuleDescriptor) => {
        if (!module.label?.startsWith(shader)) return createShaderModule(module);
        if (!module.code.includes(from)) throw new Error(`${module.label} has no "${from}"`);
        return createShaderModule({ ...module, code: module.code.replace(from, to) });
      },
    });
  });
  return Gpu.open(dawn, options);
}
