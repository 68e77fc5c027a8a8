import type { Gpu } from '../gpu/gpu';

/** The choices of what runs models when they are measured. Where there is an adapter, it encodes and decodes in any case. */
export const COMPUTE_CHOICES = ['auto', 'gpu', 'cpu'] as const;
export type ComputeChoice = (typeof COMPUTE_CHOICES)[number];

/**
 * Whether the CPU runs models. `auto` chooses it without an adapter and for a software adapter, which also computes on the CPU, but
 * more slowly.
 */
export function measuresOnCpu(choice: ComputeChoice, gpu: Pick<Gpu, 'info'> | undefined): boolean {
  return !gpu || choice === 'cpu' || (choice === 'auto' && gpu.info.software);
}
