import type { Model } from '../../models/model';
import type { StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { OwnedWeights } from '../../runtime/forward/weights';
import { batchLimits } from '../../evaluate/batches';
import { largestPart } from '../../evaluate/streamed/memory';
import { estimateMemory } from '../estimate/memory';
import { openFloat } from '../floatModel';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';

/**
 * Opens the float32 model that a plan's codecs are compared with, streamed if it needs more memory than the plan or the device allows.
 * @throws LabError; Cancelled. Nothing stays allocated then.
 */
export async function openBaseline(
  lab: Lab,
  plan: Plan,
  model: Model,
  signal?: AbortSignal,
): Promise<OwnedWeights | StreamedWeights> {
  const inParts = measuresInParts(lab, plan, model);
  return openFloat(lab, model, { inParts, limited: plan.memory !== undefined, signal });
}

/** Whether a plan's model is measured part by part, because it needs more memory than the plan or the device allows. */
export function measuresInParts(lab: Lab, plan: Plan, model: Model): boolean {
  const { gpu, cpu, memoryBytes } = lab;
  const limits = {
    ...batchLimits(gpu),
    cpu: cpu !== undefined,
    ...(cpuRunsParts(lab, plan, model) && { cpuWeightBytes: cpu?.maxWeightBytes }),
    ...(memoryBytes !== undefined && { budgetBytes: memoryBytes }),
  };
  return estimateMemory(model.shape, plan, limits).inParts;
}

/** Whether the CPU measures and its runtime can address the largest part of a model. */
export function cpuRunsParts({ cpu }: Lab, { metrics }: Plan, { shape }: Model): boolean {
  return cpu !== undefined && largestPart(shape, metrics === 'all') <= (cpu.maxWeightBytes ?? Infinity);
}
