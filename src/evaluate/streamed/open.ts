import { invariant } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import type { OnnxRuntime } from '../../onnx/runtime';
import type { StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { BatchLayout } from '../engine';
import { CpuStages } from './cpuStages';
import { StreamedEngine } from './engine';
import { GpuStages } from './gpuStages';
import { streamedGroups } from './memory';

interface StreamedOptions extends BatchLayout<StreamedWeights> {
  gpu?: Gpu;
  /** Runs the stages on the CPU instead. */
  cpu?: OnnxRuntime;
  /** Bytes for the baseline's states. */
  cacheBytes?: number;
  memoryBytes?: number;
}

/**
 * Opens the engine of models that are larger than memory.
 * @throws LabError limit if the memory is too small for the largest stage or the heads
 */
export function openStreamedEngine(options: StreamedOptions): StreamedEngine {
  const { gpu, cpu, shape, sequences, length, metrics, batches } = options;
  const compute = cpu ? 'cpu' : 'gpu';
  const spills = !cpu && !gpu?.info.software;
  const work = { shape, sequences, length, compute, spills, withBaseline: metrics === 'all' } as const;
  const groups = streamedGroups(work, batches.length, options.memoryBytes ?? Infinity);
  const runner = cpu ? new CpuStages(cpu, options) : gpuStages(gpu, options, groups.onGpu);
  return new StreamedEngine(runner, options, groups.batches, options.cacheBytes);
}

function gpuStages(gpu: Gpu | undefined, options: StreamedOptions, onGpu: number): GpuStages {
  invariant(gpu, 'the weights need a GPU, and there is none');
  return new GpuStages(gpu, options, onGpu);
}
