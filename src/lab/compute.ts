import type { Gpu } from '../gpu/gpu';

/** The choices of what runs models when they are measured. Encoding, decoding and calibration always use the GPU. */
export const COMPUTE_CHOICES = ['auto', 'gpu', 'cpu'] as const;
export type ComputeChoice = (typeof COMPUTE_CHOICES)[number];

/** Whether the CPU runs models. `auto` chooses it for a software adapter, which also computes on the CPU, but more slowly. */
export function measuresOnCpu(choice: ComputeChoice, { info }: Gpu): boolean {
  return choice === 'cpu' || (choice === 'auto' && info.software);
}
