import type { CodecContext } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { byteWindow, threadGroups, type PartSpan } from '../../spans';
import { recordPacked } from '../../kMeans/pack';
import { CANDIDATES, type Residual, type ResidualSettings } from './residual';

/** Operations per value and pass over a group. */
const COST = 12;

/** A quantised run of values on the GPU: packed codes, and packed halves of steps and offsets. */
export interface RecordedResidual {
  count: number;
  groups: number;
  codes: GPUBuffer;
  scales: GPUBuffer;
  offsets: GPUBuffer;
}

/** Records the group quantiser for `count` values that begin with a group. */
export async function recordResidual(
  job: GpuJob,
  context: CodecContext,
  values: GPUBuffer,
  count: number,
  { bits, group, rounds, faithful }: ResidualSettings,
): Promise<RecordedResidual> {
  const { scope, recorder } = job;
  const { kernels } = context.gpu;
  const levels = 2 ** bits - 1;
  const groups = Math.ceil(count / group);
  const words = Math.ceil((count * bits) / 32);
  const ranges = scope.allocate(8 * groups, 'ranges');
  const steps = scope.allocate(4 * groups, 'steps');
  const lows = scope.allocate(4 * groups, 'offsets');
  const codes = scope.allocate(4 * words, 'codes');
  const candidates = faithful ? 0 : CANDIDATES;
  recorder.dispatch(await kernels.get({ module: 'codecs/kit/tenpak/residualScales' }), {
    params: { groups, group, count, levels, rounds, candidates },
    bindings: { values, ranges, scales: steps, offsets: lows },
    workgroups: threadGroups(groups),
    cost: COST * count * (1 + rounds + candidates),
  });
  recorder.dispatch(await kernels.get({ module: 'codecs/kit/tenpak/residualCodes' }), {
    params: { words, group, count, levels, bits },
    bindings: { values, ranges, codes },
    workgroups: threadGroups(words),
    cost: COST * count,
  });
  const scales = await recordPacked(job, steps, groups, 16);
  const offsets = await recordPacked(job, lows, groups, 16);
  return { count, groups, codes, scales, offsets };
}

/** Copies a finished run, whose first value is element `first`, to its place in the stored parts. */
export async function readResidual(
  { read }: GpuJob,
  { count, groups, codes, scales, offsets }: RecordedResidual,
  first: number,
  { bits, group }: ResidualSettings,
  into: Residual,
): Promise<void> {
  into.codes.set(await read(codes, Math.ceil((count * bits) / 8)), (first * bits) / 8);
  into.scales.set(await read(scales, 2 * groups), (2 * first) / group);
  into.offsets.set(await read(offsets, 2 * groups), (2 * first) / group);
}

/** Adds the decoded residual of a span to what the target holds. */
export async function addResidual(
  parts: Parts,
  span: PartSpan,
  { bits, group }: Pick<ResidualSettings, 'bits' | 'group'>,
  context: CodecContext,
): Promise<void> {
  const firstByte = Math.floor((span.first * bits) / 8);
  const endByte = Math.ceil(((span.first + span.count) * bits) / 8);
  const codes = byteWindow(parts.get('codes')!, firstByte, endByte - firstByte);
  const firstGroup = Math.floor(span.first / group);
  const halves = 2 * (Math.ceil((span.first + span.count) / group) - firstGroup);
  const scales = byteWindow(parts.get('scales')!, 2 * firstGroup, halves);
  const offsets = byteWindow(parts.get('offsets')!, 2 * firstGroup, halves);
  await gpuJob(context, async ({ scope, recorder, run }) => {
    recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/residualDecode' }), {
      params: {
        count: span.count,
        first: span.first,
        offset: span.offset,
        group,
        bits,
        firstCode: ((firstByte - codes.shift) * 8) / bits,
        firstHalf: firstGroup - scales.shift / 2,
      },
      bindings: {
        codes: scope.upload(codes.bytes, 'codes'),
        scales: scope.upload(scales.bytes, 'scales'),
        offsets: scope.upload(offsets.bytes, 'offsets'),
        out: span.part.buffer,
      },
      workgroups: threadGroups(span.count),
      cost: COST * span.count,
    });
    await run();
  });
}
