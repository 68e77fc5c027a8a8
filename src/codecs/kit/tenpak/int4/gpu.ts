import type { GpuJob } from '../../gpuJob';
import type { Span } from '../../spans';
import { HADAMARD_BLOCK } from './float32';
import { largestWeight, levelsOf, type Quantiser } from './ranges';

/** Operations per weight and pass over a group, as the command stream counts work. */
const COST = 16;
/** Operations of one exact division. */
const DIVISION = 150;

const WEIGHTINGS: readonly Quantiser['weighting'][] = ['extremes', 'absolute', 'square'];
const STORED: readonly Quantiser['stored'][] = ['truncated', 'nearest', 'single'];

/** The result of one quantiser on the GPU. */
export interface QuantisedGroups {
  /** Packed, first code in the lowest bits. */
  codes: GPUBuffer;
  /** The float32 that codes are made from, one per group. */
  scales: GPUBuffer;
  offsets: GPUBuffer;
  /** The bits that are stored, one word per group. */
  storedScales: GPUBuffer;
  storedOffsets: GPUBuffer;
}

/** Records ranges and codes of `w` [count], a span that begins with a group. */
export async function recordQuantisedGroups(
  { scope, dispatch }: GpuJob,
  w: GPUBuffer,
  count: number,
  quantiser: Quantiser,
): Promise<QuantisedGroups> {
  const { group, bits } = quantiser;
  const groups = Math.ceil(count / group);
  const ofGroups = (label: string) => scope.allocate(4 * groups, label);
  const ranges = {
    scales: ofGroups('scales'),
    offsets: ofGroups('offsets'),
    storedScales: ofGroups('stored scales'),
    storedOffsets: ofGroups('stored offsets'),
  };
  const inverses = ofGroups('inverses');
  await dispatch('codecs/kit/tenpak/int4Ranges', {
    params: rangeParams(quantiser, groups, count),
    bindings: { w, inverses, ...ranges },
    threads: groups,
    cost: rangeCost(quantiser, groups, count),
  });
  const words = Math.ceil((count * bits) / 32);
  const codes = scope.allocate(4 * words, 'codes');
  await dispatch('codecs/kit/tenpak/int4Codes', {
    params: { words, count, group, bits, levels: levelsOf(quantiser) },
    bindings: { w, offsets: ranges.offsets, inverses, codes },
    threads: words,
    cost: COST * count,
  });
  return { codes, ...ranges };
}

function rangeParams(quantiser: Quantiser, groups: number, count: number): Record<string, number> {
  const { group, rounds, eta, weighting, stored, steps } = quantiser;
  return {
    groups,
    count,
    group,
    levels: levelsOf(quantiser),
    rounds,
    eta,
    weighting: WEIGHTINGS.indexOf(weighting),
    stored: STORED.indexOf(stored),
    steps,
    huge: largestWeight(stored),
    zero: 0,
  };
}

function rangeCost({ rounds, steps }: Quantiser, groups: number, count: number): number {
  const passes = rounds + 1 + steps * steps;
  return passes * (COST * count + 2 * DIVISION * groups);
}

/** Returns the most weights of one job. A search costs about a hundred times as much as taking minimum and maximum. */
export function spanElements({ steps }: Quantiser, maxBindingBytes: number): number {
  return Math.min(maxBindingBytes / 4, 2 ** 20 / (steps > 0 ? 8 : 1));
}

/** Records replacing `w` by what its codes leave over. */
export async function recordErrors(
  { dispatch }: GpuJob,
  w: GPUBuffer,
  count: number,
  group: number,
  { codes, scales, offsets }: QuantisedGroups,
): Promise<void> {
  await dispatch('codecs/kit/tenpak/int4Errors', {
    params: { count, group, zero: 0 },
    bindings: { codes, scales, offsets, w },
    threads: count,
    cost: COST * count,
  });
}

/** Records writing values at ascending `indices` of a flattened tensor, of which `target` holds elements from `first` on. */
export async function recordScatter(
  { dispatch, scope }: GpuJob,
  target: GPUBuffer,
  first: number,
  indices: Uint32Array,
  values: Float32Array,
): Promise<void> {
  const count = indices.length;
  if (count === 0) return;
  await dispatch('codecs/kit/tenpak/int4Scatter', {
    params: { count, first },
    bindings: {
      indices: scope.upload(indices, 'indices'),
      values: scope.upload(values, 'values'),
      out: target,
    },
    threads: count,
    cost: 4 * count,
  });
}

/** Records the normalised Hadamard transform of the whole blocks among `count` values, in place. */
export async function recordHadamard(
  { dispatch }: GpuJob,
  values: GPUBuffer,
  count: number,
  huge: number,
): Promise<void> {
  const blocks = Math.floor(count / HADAMARD_BLOCK);
  if (blocks === 0) return;
  await dispatch('codecs/kit/tenpak/int4Hadamard', {
    params: { blocks, huge },
    bindings: { values },
    workgroups: blocks,
    cost: 20 * count,
  });
}

/** Records w[i] *= factors[(first + i) mod columns]. */
export async function recordScale(
  { dispatch, scope }: GpuJob,
  w: GPUBuffer,
  { first, count }: Span,
  factors: Float32Array,
  huge: number,
): Promise<void> {
  const columns = factors.length;
  await dispatch('codecs/kit/tenpak/int4Scale', {
    params: { count, columns, firstColumn: first % columns, huge },
    bindings: { w, factors: scope.upload(factors, 'factors') },
    threads: count,
    cost: 8 * count,
  });
}
