import { splitRows, type RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { requireHalfScales } from '../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { recordPack, ROW_ALIGN, type GroupBuffers, type Piece } from '../../../kit/uniformGrid/encode';
import { CHUNK_ELEMENTS, threadGroups } from '../../../kit/spans';
import { hqqLayout, hqqParts, KAPPA, LARGEST_ZERO, type HqqLayout } from './layout';

/** Operations per weight, as the command stream counts work: for the codes, and for each update of the zero points. */
const CODE_COST = 24;
const UPDATE_COST = 64;

/** WGSL encode, a range of rows at a time. @throws LabError bad-input naming the tensor when a scale overflows */
export async function encodeHqq(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = hqqLayout(tensor.shape, options);
  const parts = new Map(hqqParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes))
    for (const [suffix, bytes, at] of await encodeRange(tensor, layout, range, context))
      parts.get(suffix)!.set(bytes, at);
  requireHalfScales(tensor.name, parts.get('scales')!);
  return parts;
}

function rowRanges({ rows, columns }: HqqLayout, maxBindingBytes: number): RowRange[] {
  const elements = Math.max(CHUNK_ELEMENTS / 4, ROW_ALIGN * columns);
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, 4 * elements), ROW_ALIGN);
}

function encodeRange(
  { values }: SourceTensor,
  layout: HqqLayout,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<Piece[]> {
  const { columns, groupsPerRow, rowBytes } = layout;
  const groups = rows * groupsPerRow;
  const firstGroup = firstRow * groupsPerRow;
  return gpuJob(context, async (job) => {
    const { scope, run, read } = job;
    const w = scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights');
    const scales = scope.allocate(4 * groups, 'scales');
    const zeros = scope.allocate(4 * groups, 'zero points');
    await recordZeros(job, context, layout, rows, { w, scales, zeros });
    const codes = await recordCodes(job, context, layout, rows, { w, scales, zeros });
    const halfScales = await recordPack(job, context, scales, groups, 16);
    const halfZeros = await recordPack(job, context, zeros, groups, 16);
    await run();
    return [
      ['codes', await read(codes, rows * rowBytes), firstRow * rowBytes],
      ['scales', await read(halfScales, 2 * groups), 2 * firstGroup],
      ['zeros', await read(halfZeros, 2 * groups), 2 * firstGroup],
    ];
  });
}

async function recordZeros(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  { groupsPerRow, columns, group, levels, iterations, p, beta }: HqqLayout,
  rows: number,
  bindings: GroupBuffers,
): Promise<void> {
  const groups = rows * groupsPerRow;
  const search = { largestZero: LARGEST_ZERO, iterations, p, beta, kappa: KAPPA };
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/hqq/zeros' }), {
    params: { groups, groupsPerRow, columns, group, levels, ...search },
    bindings: { ...bindings },
    workgroups: threadGroups(groups),
    cost: UPDATE_COST * (iterations + 1) * rows * columns,
  });
}

async function recordCodes(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  { groupsPerRow, columns, group, bits, levels, rowBytes }: HqqLayout,
  rows: number,
  bindings: GroupBuffers,
): Promise<GPUBuffer> {
  const wordsPerRow = rowBytes / 4;
  const words = rows * wordsPerRow;
  const codes = scope.allocate(4 * words, 'codes');
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/hqq/codes' }), {
    params: { words, wordsPerRow, groupsPerRow, columns, group, bits, levels },
    bindings: { ...bindings, codes },
    workgroups: threadGroups(words),
    cost: CODE_COST * rows * columns,
  });
  return codes;
}
