import { invariant } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import type { ModelShape } from '../models/architecture';
import type { OnnxRuntime } from '../onnx/runtime';
import { gpuMatrix, releaseMatrix, uploadMatrix } from '../runtime/linear/matrix';
import type { GramMemory } from './cpuWalk';
import { GpuWalk } from './gpuWalk';
import type { CalibrationBatches, CalibrationWalk } from './walk';

/** What calibrates: the GPU, or ONNX Runtime on the CPU. */
export interface CalibrationDevice {
  /** Where weights are and statistics are put. Without it both are in main memory. */
  gpu?: Gpu;
  /** Runs the model instead of the GPU. */
  cpu?: OnnxRuntime;
}

/** Opens a walk; the caller disposes of it. The graphs of the CPU are loaded when they are first needed. */
export async function openWalk(
  { gpu, cpu }: CalibrationDevice,
  shape: ModelShape,
  batches: CalibrationBatches,
  signal?: AbortSignal,
): Promise<CalibrationWalk> {
  if (cpu) {
    const { CpuWalk } = await import('./cpuWalk');
    return new CpuWalk(cpu, gpu ? gpuMemory(gpu) : HOST_MEMORY, shape, batches, signal);
  }
  invariant(gpu, 'calibration needs a GPU or ONNX Runtime');
  return new GpuWalk(gpu, shape, batches, signal);
}

/** Puts Gram matrices on the GPU. */
function gpuMemory(gpu: Gpu): GramMemory {
  return {
    keep: (values, columns) => uploadMatrix(gpu, values, columns, columns, 'Gram matrix'),
    release: (gram) => releaseMatrix(gpu.buffers, gpuMatrix(gram)),
  };
}

const HOST_MEMORY: GramMemory = {
  keep: (values, columns) => ({ label: 'Gram matrix', rows: columns, columns, values }),
  release: () => undefined,
};
