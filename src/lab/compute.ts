import type { CalibrationDevice } from '../calibrate/openWalk';
import type { Gpu } from '../gpu/gpu';
import type { Lab } from './lab';

/** The choices of what runs models when they are measured. Encoding and decoding always use the GPU. */
export const COMPUTE_CHOICES = ['auto', 'gpu', 'cpu'] as const;
export type ComputeChoice = (typeof COMPUTE_CHOICES)[number];

/** Whether the CPU runs models. `auto` chooses it for a software adapter, which also computes on the CPU, but more slowly. */
export function measuresOnCpu(choice: ComputeChoice, { info }: Gpu): boolean {
  return choice === 'cpu' || (choice === 'auto' && info.software);
}

/** Chooses what carries calibration data through a model: the CPU where it measures and the adapter is a software adapter. */
export function calibrationDevice({ gpu, cpu }: Lab): CalibrationDevice {
  return cpu && gpu.info.software ? { gpu, cpu } : { gpu };
}
