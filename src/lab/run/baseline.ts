import { describeError } from '../../base/errors';
import type { Model } from '../../models/model';
import { streamedModel, type StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { OwnedWeights } from '../../runtime/forward/weights';
import { batchLimits } from '../../evaluate/batches';
import { largestPart } from '../../evaluate/streamed/memory';
import { estimateMemory } from '../estimate/memory';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';

/**
 * Opens the float32 model that a plan's codecs are compared with: all of it in memory, on the GPU if there is one, or streamed if that needs more memory than
 * the plan or the device allows.
 * @throws LabError; Cancelled. Nothing stays allocated then.
 */
export async function openBaseline(
  lab: Lab,
  plan: Plan,
  model: Model,
  signal?: AbortSignal,
): Promise<OwnedWeights | StreamedWeights> {
  const { gpu, cpu, processor, memoryBytes } = lab;
  const limits = {
    ...batchLimits(gpu),
    cpu: cpu !== undefined,
    ...(cpuRunsParts(lab, plan, model) && { cpuWeightBytes: cpu?.maxWeightBytes }),
    ...(memoryBytes !== undefined && { budgetBytes: memoryBytes }),
  };
  if (estimateMemory(model.shape, plan, limits).inParts) return streamedModel(gpu, model);
  try {
    return await processor.load(model, signal);
  } catch (error) {
    // WebGPU does not expose the size of GPU memory, so that only a failed allocation shows it.
    if (describeError(error).code !== 'out-of-memory' || plan.memory !== undefined) throw error;
    return streamedModel(gpu, model);
  }
}

/** Whether the CPU measures and its runtime can address the largest part of a model. */
export function cpuRunsParts({ cpu }: Lab, { metrics }: Plan, { shape }: Model): boolean {
  return cpu !== undefined && largestPart(shape, metrics === 'all') <= (cpu.maxWeightBytes ?? Infinity);
}
