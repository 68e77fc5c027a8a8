import type { Gpu } from '../gpu/gpu';
import type { ModelShape } from '../models/architecture';
import type { OnnxRuntime } from '../onnx/runtime';
import type { WeightsByName } from '../runtime/forward/weights';
import { readMatrix, releaseMatrix, uploadMatrix } from '../runtime/linear/matrix';
import { CpuWalk, type HostBridge } from './cpuWalk';
import { GpuWalk } from './gpuWalk';
import type { LayerInputs } from './inputs';
import type { CalibrationBatches, CalibrationWalk } from './walk';

/** What calibrates: the GPU, or, for weights that are on the GPU, ONNX Runtime on the CPU. */
export interface CalibrationDevice {
  gpu: Gpu;
  /** Runs the model; the statistics are put on the GPU. */
  cpu?: OnnxRuntime;
}

/** A walk through weights on the GPU, with statistics on the GPU. */
export type DeviceWalk = CalibrationWalk<WeightsByName, LayerInputs>;

/** Opens a walk; the caller disposes of it. */
export function openWalk(
  { gpu, cpu }: CalibrationDevice,
  shape: ModelShape,
  batches: CalibrationBatches,
  signal?: AbortSignal,
): DeviceWalk {
  return cpu
    ? new CpuWalk(cpu, gpuBridge(gpu), shape, batches, signal)
    : new GpuWalk(gpu, shape, batches, signal);
}

/** Reads dense weights back from the GPU, and puts statistics there. */
function gpuBridge(gpu: Gpu): HostBridge<WeightsByName, LayerInputs> {
  return {
    values: (weights, name) => readMatrix(gpu.stream, weights.table(name)),
    keep: (inputs) => {
      const { columns, gram } = inputs;
      return { ...inputs, gram: uploadMatrix(gpu, gram, columns, columns, 'Gram matrix') };
    },
    release: ({ gram }) => releaseMatrix(gpu.buffers, gram),
  };
}
