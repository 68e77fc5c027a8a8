import type { RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext } from '../../contract/codec';
import type { Source } from '../../contract/defineCodec';
import { zeroedParts } from '../../contract/parts';
import { gpuJob, type GpuJob } from '../gpuJob';
import { recordPack } from '../pack';
import { CHUNK_ELEMENTS, rowRanges } from '../spans';
import { requireHalfScales } from '../storedFloats';
import { uniformGridParts, type UniformGridLayout, type UniformGridParts } from './layout';

/** Operations per weight and candidate range, as the command stream counts work. */
const COST = 16;
/** Ranges of rows start at multiples of 32, so that each range's scales and zero points fill whole words. */
const ROW_ALIGN = 32;

/** Encodes on the GPU, a range of rows at a time. @throws LabError bad-input naming the tensor when a scale overflows */
export function encodeUniformGrid(
  source: Source<UniformGridLayout>,
  context: CodecContext,
): Promise<UniformGridParts> {
  const { layout } = source;
  return encodeByRows(source, zeroedParts(uniformGridParts(layout)), context, {
    elements: CHUNK_ELEMENTS / (layout.candidates > 1 ? 4 : 1),
    async record(job, rows, buffers) {
      await recordScales(job, layout, rows, buffers);
      return recordCodes(job, layout, rows, buffers);
    },
  });
}

/** The buffers of a range of rows: weights [rows, columns], and scales (float16 bits) and zero points [rows, groups per row], one word each. */
export type GroupBuffers = Record<'w' | 'scales' | 'zeros', GPUBuffer>;

/** How a codec whose groups run along rows encodes a range of rows. */
export interface RowCoding {
  /** The maximum of weights per job, unless 32 rows have more. */
  elements: number;
  /** The bits of a stored zero point. If absent, they are those of a code. */
  zeroBits?: number;
  /** Records the commands that set scales, zero points and codes. @returns the packed codes, [rows, row bytes] */
  record: (job: GpuJob, rows: number, buffers: GroupBuffers) => Promise<GPUBuffer>;
}

/**
 * Encodes a matrix a range of rows at a time into zeroed `parts`; zero points are stored if there is a part for them.
 * @returns `parts`
 * @throws LabError bad-input naming the tensor when a scale overflows; Cancelled
 */
export async function encodeByRows<Bytes extends UniformGridParts>(
  source: Source<UniformGridLayout>,
  parts: Bytes,
  context: CodecContext,
  coding: RowCoding,
): Promise<Bytes> {
  const size = { align: ROW_ALIGN, maxElements: coding.elements };
  for (const range of rowRanges(source.layout, context.gpu.maxBindingBytes, size))
    await gpuJob(context, (job) => encodeRange(job, source, range, parts, coding));
  requireHalfScales(source.name, parts.scales);
  return parts;
}

async function encodeRange(
  job: GpuJob,
  { values, layout }: Source<UniformGridLayout>,
  { firstRow, rows }: RowRange,
  parts: UniformGridParts,
  { record, zeroBits = layout.bits }: RowCoding,
): Promise<void> {
  const { columns, groupsPerRow, rowBytes } = layout;
  const { scope, run, read } = job;
  const groups = rows * groupsPerRow;
  const firstGroup = firstRow * groupsPerRow;
  const buffers = {
    w: scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights'),
    scales: scope.allocate(4 * groups, 'scales'),
    zeros: scope.allocate(4 * groups, 'zero points'),
  };
  const codes = await record(job, rows, buffers);
  const scales = await recordPack(job, buffers.scales, groups, 16);
  const zeros = parts.zeros && (await recordPack(job, buffers.zeros, groups, zeroBits));
  await run();
  parts.codes.set(await read(codes, rows * rowBytes), firstRow * rowBytes);
  parts.scales.set(await read(scales, 2 * groups), 2 * firstGroup);
  if (!zeros) return;
  const at = (firstGroup * zeroBits) / 8;
  parts.zeros!.set(await read(zeros, Math.min(zeros.size, parts.zeros!.length - at)), at);
}

/** The weights that scales are computed from. By default they are the rows as stored, with all their groups. */
export interface ScaleSource {
  rowStride: number;
  columnStride: number;
  firstGroup: number;
  /** Groups per row to set. */
  groups: number;
}

/** Records the computation of scales (float16 bits) and zero points [rows, groups per row] of w, one word each. */
export async function recordScales(
  { dispatch }: GpuJob,
  { groupsPerRow, columns, group, levels, asymmetric, candidates }: UniformGridLayout,
  rows: number,
  bindings: GroupBuffers,
  source: ScaleSource = { rowStride: columns, columnStride: 1, firstGroup: 0, groups: groupsPerRow },
): Promise<void> {
  const sizes = { rows, columns, group, groupsPerRow, levels, asymmetric: Number(asymmetric), candidates };
  await dispatch('codecs/kit/uniformGrid/scales', {
    params: { ...sizes, ...source },
    bindings: { ...bindings },
    threads: rows * source.groups,
    cost: COST * candidates * rows * Math.min(columns, source.groups * group),
  });
}

/** Records the computation of packed codes of w [rows, columns] for scales and zero points as `recordScales` sets them. */
export async function recordCodes(
  { dispatch, scope }: GpuJob,
  { groupsPerRow, columns, group, bits, levels, asymmetric, rowBytes }: UniformGridLayout,
  rows: number,
  bindings: GroupBuffers,
): Promise<GPUBuffer> {
  const wordsPerRow = rowBytes / 4;
  const words = rows * wordsPerRow;
  const codes = scope.allocate(4 * words, 'codes');
  await dispatch('codecs/kit/uniformGrid/codes', {
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
    threads: words,
    cost: COST * rows * columns,
  });
  return codes;
}
