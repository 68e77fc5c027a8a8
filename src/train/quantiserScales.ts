import type { BufferScope } from '../gpu/buffers';
import type { RecordContext } from '../runtime/ops/context';
import type { QatOptions } from './options';
import { dispatchRanges } from '../gpu/dispatchCost';
import { groupParams, type QuantiserGroups } from './quantiserGroups';

/** The buffers of the kernels that compute scales. */
export interface ScaleBuffers {
  groups: QuantiserGroups;
  /** Latent weights. */
  weights: GPUBuffer;
  /** The stored scale of each group as float32, and its cut, the bits of the smallest magnitude coded ±1. */
  scales: GPUBuffer;
  cuts: GPUBuffer;
}

/** Number of weights per thread of `train/fakeLargest`. */
const PART = 4096;

/** Records the scales and cuts of rule absmean, twn or optimal. */
export async function recordStatistic(
  { gpu, recorder }: RecordContext,
  rule: Exclude<QatOptions['rule'], 't81'>,
  { groups, weights, scales, cuts }: ScaleBuffers,
): Promise<void> {
  const kernel = { module: 'train/fakeScale', entry: rule };
  // `optimal` reads a group about twenty times, the other rules once or twice.
  const costEach = 6 * groups.size * (rule === 'optimal' ? 20 : 2);
  for (const { first, last, cost } of dispatchRanges(gpu, groups.count, costEach, 1))
    await recorder.dispatch(kernel, {
      params: { firstGroup: first, lastGroup: last, ...groupParams(groups) },
      bindings: { weights, scales, cuts },
      threads: last - first,
      cost,
    });
}

/** Records the scales and cuts of learned parameters, one per group. */
export async function recordLearned(
  { gpu, recorder }: RecordContext,
  learned: GPUBuffer,
  { groups, scales, cuts }: ScaleBuffers,
): Promise<void> {
  for (const { first, last, cost } of dispatchRanges(gpu, groups.count, 20))
    await recorder.dispatch('train/fakeLearned', {
      params: { firstGroup: first, lastGroup: last },
      bindings: { learned, scales, cuts },
      threads: last - first,
      cost,
    });
}

/** The moving average behind t81's scale, and the buffer of partial maxima. */
export interface AbsoluteState {
  /** [0] as of the last finished step, 0 before the first one; [1] with this step's weights. */
  average: GPUBuffer;
  largest: GPUBuffer;
}

export function absoluteState(scope: BufferScope, groups: QuantiserGroups, label: string): AbsoluteState {
  return {
    average: scope.allocate(8, `${label} average`),
    largest: scope.allocate(4 * Math.ceil(groups.columns / PART), `${label} largest`),
  };
}

/** Records the scale and the cut of t81. @param step the buffer with the step's threshold (QuantiserStep) */
export async function recordAbsolute(
  { gpu, recorder }: RecordContext,
  { average, largest }: AbsoluteState,
  step: GPUBuffer,
  { groups, weights, scales, cuts }: ScaleBuffers,
): Promise<void> {
  for (const { first, last, cost } of dispatchRanges(gpu, groups.columns, 2, PART)) {
    const count = Math.ceil((last - first) / PART);
    await recorder.dispatch('train/fakeLargest', {
      params: { first, last, firstPart: first / PART, parts: count },
      bindings: { weights, largest },
      threads: count,
      cost,
    });
  }
  await recorder.dispatch('train/fakeAverage', {
    params: { parts: Math.ceil(groups.columns / PART) },
    bindings: { step, largest, average, scales, cuts },
    workgroups: 1,
    cost: groups.columns / PART,
  });
}
