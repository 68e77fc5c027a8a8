import { splitRows, type RowRange } from '../../../runtime/linear/matrix';
import { bitstreamBytes } from '../bits';
import type { CodecContext, SourceTensor } from '../../contract/codec';
import { partBytes } from '../../contract/parts';
import type { Parts } from '../../contract/parts';
import type { CodecOptions } from '../../contract/meta';
import { requireHalfScales } from '../storedFloats';
import { gpuJob, type GpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../spans';
import { rtnLayout, rtnParts, type RtnLayout } from './layout';

/** Operations per weight and candidate range, as the command stream counts work. */
const COST = 16;
/** Ranges of rows start at multiples of 32, so that each range's scales and zero points fill whole words. */
export const ROW_ALIGN = 32;

/** WGSL encode, a range of rows at a time. @throws LabError bad-input naming the tensor when a scale overflows */
export async function encodeRtn(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = rtnLayout(tensor.shape, options);
  const parts = new Map(rtnParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes))
    for (const [suffix, bytes, at] of await encodeRange(tensor, layout, range, context))
      parts.get(suffix)!.set(bytes, at);
  requireHalfScales(tensor.name, parts.get('scales')!);
  return parts;
}

function rowRanges({ rows, columns, candidates }: RtnLayout, maxBindingBytes: number): RowRange[] {
  const elements = Math.max(CHUNK_ELEMENTS / (candidates > 1 ? 4 : 1), ROW_ALIGN * columns);
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, 4 * elements), ROW_ALIGN);
}

/** Bytes of one range for each part, with their place in it. */
export type Piece = [suffix: string, bytes: Uint8Array, at: number];

function encodeRange(
  { values }: SourceTensor,
  layout: RtnLayout,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<Piece[]> {
  const { columns, groupsPerRow, bits, rowBytes, asymmetric } = layout;
  const groups = rows * groupsPerRow;
  const firstGroup = firstRow * groupsPerRow;
  return gpuJob(context, async (job) => {
    const { scope, run, read } = job;
    const w = scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights');
    const scales = scope.allocate(4 * groups, 'scales');
    const zeros = scope.allocate(4 * groups, 'zero points');
    await recordScales(job, context, layout, rows, { w, scales, zeros });
    const codes = await recordCodes(job, context, layout, rows, { w, scales, zeros });
    const halves = await recordPack(job, context, scales, groups, 16);
    const packedZeros = asymmetric ? await recordPack(job, context, zeros, groups, bits) : undefined;
    await run();
    const pieces: Piece[] = [
      ['codes', await read(codes, rows * rowBytes), firstRow * rowBytes],
      ['scales', await read(halves, 2 * groups), 2 * firstGroup],
    ];
    if (packedZeros)
      pieces.push(['zeros', await read(packedZeros, packedZeros.size), (firstGroup * bits) / 8]);
    return pieces;
  });
}

export type GroupBuffers = Record<'w' | 'scales' | 'zeros', GPUBuffer>;

/** Where scales are taken from: rows × columns as stored by default, all groups of each row. */
export interface ScaleSource {
  rowStride: number;
  columnStride: number;
  firstGroup: number;
  /** Groups per row to set. */
  groups: number;
}

/** Scales (half bits) and zero points [rows, groups per row] of w, one word each. */
export async function recordScales(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  { groupsPerRow, columns, group, levels, asymmetric, candidates }: RtnLayout,
  rows: number,
  bindings: GroupBuffers,
  source: ScaleSource = { rowStride: columns, columnStride: 1, firstGroup: 0, groups: groupsPerRow },
): Promise<void> {
  const sizes = { rows, columns, group, groupsPerRow, levels, asymmetric: Number(asymmetric), candidates };
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/uniformGrid/scales' }), {
    params: { ...sizes, ...source },
    bindings: { ...bindings },
    workgroups: threadGroups(rows * source.groups),
    cost: COST * candidates * rows * Math.min(columns, source.groups * group),
  });
}

/** Codes of w [rows, columns], packed, for scales and zero points as `recordScales` leaves them. */
export async function recordCodes(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  { groupsPerRow, columns, group, bits, levels, asymmetric, rowBytes }: RtnLayout,
  rows: number,
  bindings: GroupBuffers,
): Promise<GPUBuffer> {
  const wordsPerRow = rowBytes / 4;
  const words = rows * wordsPerRow;
  const codes = scope.allocate(4 * words, 'codes');
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/uniformGrid/codes' }), {
    params: {
      words,
      wordsPerRow,
      groupsPerRow,
      columns,
      group,
      bits,
      levels,
      asymmetric: Number(asymmetric),
    },
    bindings: { ...bindings, codes },
    workgroups: threadGroups(words),
    cost: COST * rows * columns,
  });
  return codes;
}

/** Packs `count` words below 2^bits into a bitstream. */
export async function recordPack(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  values: GPUBuffer,
  count: number,
  bits: number,
): Promise<GPUBuffer> {
  const out = scope.allocate(bitstreamBytes(count, bits), 'packed');
  const words = out.size / 4;
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/uniformGrid/pack' }), {
    params: { count, words, bits },
    bindings: { values, out },
    workgroups: threadGroups(words),
    cost: 4 * count,
  });
  return out;
}
