import type { KernelSource } from '../../../gpu/kernels';

/** The constants that each kernel has. A kernel refuses others. */
const CONSTANTS = {
  decode: [
    ...['BLOCK', 'BYTES', 'GROUP', 'D_AT', 'MIN_AT', 'LOW_AT', 'LOW_BITS', 'LOW_RUN'],
    ...['HIGH_AT', 'HIGH_BITS', 'HIGH_RUN', 'ZERO', 'SCALES', 'SCALES_AT', 'LEVELS'],
  ],
  search: ['BLOCK', 'SCALES', 'WEIGHTS'],
  scales: ['BLOCK', 'SCALES', 'WEIGHED'],
  widen: [
    ...['BLOCK', 'SCALES', 'WEIGHED', 'ZERO', 'TOP', 'LEVELS', 'D_AT', 'MIN_AT'],
    ...['LOWEST', 'HIGHEST', 'REACH', 'SCALE_ZERO'],
  ],
  round: ['ZERO', 'TOP', 'LEVELS'],
  pack: [
    ...['BLOCK', 'BYTES', 'D_AT', 'MIN_AT', 'LOW_AT', 'LOW_BITS', 'LOW_RUN'],
    ...['HIGH_AT', 'HIGH_BITS', 'HIGH_RUN', 'SCALES', 'SCALES_AT'],
  ],
} as const;

/** The searches of the kernel `search`, with the constants of each. */
export const SEARCHES = {
  affine: ['TOP', 'FIRST', 'STEP', 'STEPS', 'ABSOLUTE'],
  symmetric: ['ZERO'],
  refined: ['ZERO'],
  levels: [],
  extreme: ['ZERO', 'TOP'],
  range: ['TOP'],
  magnitude: ['ZERO'],
} as const;

/** Returns a kernel with those of the constants that it has. */
export function ggufKernel(
  name: keyof typeof CONSTANTS,
  constants: Readonly<Record<string, number>>,
  search?: keyof typeof SEARCHES,
): KernelSource {
  const names: readonly string[] = [...CONSTANTS[name], ...(search ? SEARCHES[search] : [])];
  const conditions = Object.fromEntries(Object.keys(SEARCHES).map((each) => [each, each === search]));
  return {
    module: `codecs/kit/ggufBlocks/${name}`,
    constants: Object.fromEntries(names.map((key) => [key, constants[key]])),
    ...(search && { conditions }),
  };
}
