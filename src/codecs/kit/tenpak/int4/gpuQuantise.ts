import type { CodecContext } from '../../../contract/codec';
import type { GpuJob } from '../../gpuJob';
import { threadGroups } from '../../spans';
import { largestWeight, levelsOf, type Quantiser } from './ranges';

/** Operations per weight and pass over a group, as the command stream counts work. */
const COST = 16;
/** Operations of one exact division. */
const DIVISION = 150;

const WEIGHTINGS: readonly Quantiser['weighting'][] = ['extremes', 'absolute', 'square'];
const STORED: readonly Quantiser['stored'][] = ['truncated', 'nearest', 'single'];

/** Buffers of one quantiser's result; ranges as codes are made from them (float32) and as stored (one word each). */
export interface QuantisedBuffers {
  codes: GPUBuffer;
  scales: GPUBuffer;
  offsets: GPUBuffer;
  storedScales: GPUBuffer;
  storedOffsets: GPUBuffer;
}

/** Records ranges and codes of `w` [count], a span that starts at a group. */
export async function recordQuantise(
  job: GpuJob,
  context: CodecContext,
  w: GPUBuffer,
  count: number,
  quantiser: Quantiser,
): Promise<QuantisedBuffers> {
  const { scope, recorder } = job;
  const { group, bits } = quantiser;
  const groups = Math.ceil(count / group);
  const buffers = Object.fromEntries(
    ['scales', 'offsets', 'inverses', 'storedScales', 'storedOffsets'].map((name) => [
      name,
      scope.allocate(4 * groups, name),
    ]),
  ) as Record<'scales' | 'offsets' | 'inverses' | 'storedScales' | 'storedOffsets', GPUBuffer>;
  recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Ranges' }), {
    params: rangeParams(quantiser, groups, count),
    bindings: { w, ...buffers },
    workgroups: threadGroups(groups),
    cost: rangeCost(quantiser, groups, count),
  });
  const words = Math.ceil((count * bits) / 32);
  const codes = scope.allocate(4 * words, 'codes');
  recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Codes' }), {
    params: { words, count, group, bits, levels: levelsOf(quantiser) },
    bindings: { w, offsets: buffers.offsets, inverses: buffers.inverses, codes },
    workgroups: threadGroups(words),
    cost: COST * count,
  });
  return { codes, ...buffers };
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

/** Weights one job may quantise: a search costs a hundred times a min-max pass. */
export function spanElements({ steps }: Quantiser, maxBindingBytes: number): number {
  return Math.min(maxBindingBytes / 4, 2 ** 20 / (steps > 0 ? 8 : 1));
}

/** Replaces `w` by what its codes leave over. */
export async function recordErrors(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  w: GPUBuffer,
  count: number,
  group: number,
  { codes, scales, offsets }: QuantisedBuffers,
): Promise<void> {
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Errors' }), {
    params: { count, group, zero: 0 },
    bindings: { codes, scales, offsets, w },
    workgroups: threadGroups(count),
    cost: COST * count,
  });
}

/** Halves in one word each, packed two per word. */
export async function recordHalves(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  values: GPUBuffer,
  count: number,
): Promise<GPUBuffer> {
  const words = Math.ceil(count / 2);
  const out = scope.allocate(4 * words, 'halves');
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/uniformGrid/pack' }), {
    params: { count, words, bits: 16 },
    bindings: { values, out },
    workgroups: threadGroups(words),
    cost: 4 * count,
  });
  return out;
}

/** Values written over `target` (flat elements from `first` on) at ascending `indices`. */
export async function recordScatter(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  target: GPUBuffer,
  first: number,
  indices: Uint32Array,
  values: Float32Array,
): Promise<void> {
  if (indices.length === 0) return;
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Scatter' }), {
    params: { count: indices.length, first },
    bindings: {
      indices: scope.upload(indices, 'indices'),
      values: scope.upload(values, 'values'),
      out: target,
    },
    workgroups: threadGroups(indices.length),
    cost: 4 * indices.length,
  });
}

/** Normalised Hadamard transform of the whole 256-blocks among `count` values, in place. */
export async function recordHadamard(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  values: GPUBuffer,
  count: number,
  huge: number,
): Promise<void> {
  const blocks = Math.floor(count / 256);
  if (blocks === 0) return;
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Hadamard' }), {
    params: { blocks, huge },
    bindings: { values },
    workgroups: blocks,
    cost: 20 * count,
  });
}

/** w[i] · factors[(first + i) mod columns], in place. */
export async function recordScale(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  w: GPUBuffer,
  { first, count }: { first: number; count: number },
  factors: Float32Array,
  huge: number,
): Promise<void> {
  const columns = factors.length;
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Scale' }), {
    params: { count, columns, firstColumn: first % columns, huge },
    bindings: { w, factors: scope.upload(factors, 'factors') },
    workgroups: threadGroups(count),
    cost: 8 * count,
  });
}
