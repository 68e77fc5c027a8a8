import type { GpuJob } from '../../gpuJob';
import { recordPack } from '../../pack';
import { byteWindow, type PartSpan } from '../../spans';
import { CANDIDATES, type ResidualParts, type ResidualSettings } from './residual';

/** Operations per value and pass over a group. */
const COST = 12;

/** A quantised run of values on the GPU, packed as it is stored. */
export interface QuantisedResidual {
  count: number;
  groups: number;
  codes: GPUBuffer;
  scales: GPUBuffer;
  offsets: GPUBuffer;
}

/** Records the group quantiser for `count` values that begin with a group. */
export async function recordQuantisedResidual(
  job: GpuJob,
  values: GPUBuffer,
  count: number,
  { bits, group, rounds, faithful }: ResidualSettings,
): Promise<QuantisedResidual> {
  const { scope, dispatch } = job;
  const levels = 2 ** bits - 1;
  const groups = Math.ceil(count / group);
  const words = Math.ceil((count * bits) / 32);
  const ranges = scope.allocate(8 * groups, 'ranges');
  const scales = scope.allocate(4 * groups, 'steps');
  const offsets = scope.allocate(4 * groups, 'offsets');
  const codes = scope.allocate(4 * words, 'codes');
  const candidates = faithful ? 0 : CANDIDATES;
  await dispatch('codecs/kit/tenpak/residualScales', {
    params: { groups, group, count, levels, rounds, candidates },
    bindings: { values, ranges, scales, offsets },
    threads: groups,
    cost: COST * count * (1 + rounds + candidates),
  });
  await dispatch('codecs/kit/tenpak/residualCodes', {
    params: { words, group, count, levels, bits },
    bindings: { values, ranges, codes },
    threads: words,
    cost: COST * count,
  });
  return {
    count,
    groups,
    codes,
    scales: await recordPack(job, scales, groups, 16),
    offsets: await recordPack(job, offsets, groups, 16),
  };
}

/** Copies a finished run, whose first value is element `first`, to its place in the stored parts. */
export async function readResidual(
  { read }: GpuJob,
  { count, groups, codes, scales, offsets }: QuantisedResidual,
  first: number,
  { bits, group }: ResidualSettings,
  into: ResidualParts,
): Promise<void> {
  into.codes.set(await read(codes, Math.ceil((count * bits) / 8)), (first * bits) / 8);
  into.scales.set(await read(scales, 2 * groups), (2 * first) / group);
  into.offsets.set(await read(offsets, 2 * groups), (2 * first) / group);
}

/** Records adding the decoded residual of a span to what the target holds. */
export async function recordAddResidual(
  { scope, dispatch }: GpuJob,
  parts: ResidualParts,
  { part, first, offset, count }: PartSpan,
  { bits, group }: Pick<ResidualSettings, 'bits' | 'group'>,
): Promise<void> {
  const firstByte = Math.floor((first * bits) / 8);
  const endByte = Math.ceil(((first + count) * bits) / 8);
  const codes = byteWindow(parts.codes, firstByte, endByte - firstByte);
  const firstGroup = Math.floor(first / group);
  const halves = 2 * (Math.ceil((first + count) / group) - firstGroup);
  const scales = byteWindow(parts.scales, 2 * firstGroup, halves);
  const offsets = byteWindow(parts.offsets, 2 * firstGroup, halves);
  await dispatch('codecs/kit/tenpak/residualDecode', {
    params: {
      count,
      first,
      offset,
      group,
      bits,
      firstCode: ((firstByte - codes.shift) * 8) / bits,
      firstHalf: firstGroup - scales.shift / 2,
    },
    bindings: {
      codes: scope.upload(codes.bytes, 'codes'),
      scales: scope.upload(scales.bytes, 'scales'),
      offsets: scope.upload(offsets.bytes, 'offsets'),
      out: part.buffer,
    },
    threads: count,
    cost: COST * count,
  });
}
