import type { Gpu } from '../gpu/gpu';

/** What runs models when they are measured. Encoding, decoding and calibration use the GPU in any case. */
export const COMPUTE_CHOICES = ['auto', 'gpu', 'cpu'] as const;
export type ComputeChoice = (typeof COMPUTE_CHOICES)[number];

/** Whether the CPU runs models; `auto` chooses it where the adapter is a software adapter, which computes on the CPU too, but slower. */
export function measuresOnCpu(choice: ComputeChoice, { info }: Gpu): boolean {
  return choice === 'cpu' || (choice === 'auto' && info.software);
}
