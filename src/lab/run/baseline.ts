import { describeError } from '../../base/errors';
import type { Model } from '../../models/model';
import { streamedModel, type StreamedWeights } from '../../runtime/forward/streamedWeights';
import { denseWeights, type ModelWeights } from '../../runtime/forward/weights';
import { estimateMemory } from '../estimate/memory';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';

/**
 * Opens the float32 model that a plan's codecs are compared with: all of it on the GPU, or streamed if that needs more memory than
 * the plan or the device allows.
 * @throws LabError; Cancelled. Nothing stays allocated then.
 */
export async function openBaseline(
  lab: Lab,
  plan: Plan,
  model: Model,
  signal?: AbortSignal,
): Promise<ModelWeights | StreamedWeights> {
  const { gpu, cpu, memoryBytes } = lab;
  const limits = {
    maxBindingBytes: gpu.maxBindingBytes,
    software: gpu.info.software,
    cpu: cpu !== undefined,
    ...(memoryBytes !== undefined && { budgetBytes: memoryBytes }),
  };
  if (estimateMemory(model.shape, plan, limits).inParts) return streamedModel(gpu, model);
  try {
    return await denseWeights(gpu, model, signal);
  } catch (error) {
    // WebGPU does not expose the size of GPU memory, so that only a failed allocation shows it.
    if (describeError(error).code !== 'out-of-memory' || plan.memory !== undefined) throw error;
    return streamedModel(gpu, model);
  }
}
