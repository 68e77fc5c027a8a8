import type { KernelSource } from '../../../../gpu/kernels';
import type { TernaryPacking } from './layout';

const KERNELS: Readonly<Record<TernaryPacking, { suffix: string; conditions?: Record<string, boolean> }>> = {
  '2bit': { suffix: '2bit' },
  base3: { suffix: 'Base3', conditions: { words: false } },
  base3x20: { suffix: 'Base3', conditions: { words: true } },
};

/** Selects the kernel that packs or unpacks codes. */
export function packingKernel(direction: 'encode' | 'decode', packing: TernaryPacking): KernelSource {
  const { suffix, conditions } = KERNELS[packing];
  return { module: `codecs/ternary/${direction}${suffix}`, ...(conditions && { conditions }) };
}
