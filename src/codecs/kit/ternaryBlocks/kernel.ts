import type { KernelSource } from '../../../gpu/kernels';
import type { RowFormat } from './format';

const NONE = { t81: false, t81Row: false, tq1: false, tq2: false };

/** Selects the kernel that packs or unpacks a row format. */
export function rowKernel(direction: 'encode' | 'decode', { kernel }: RowFormat): KernelSource {
  return { module: `codecs/kit/ternaryBlocks/${direction}`, conditions: { ...NONE, [kernel]: true } };
}
