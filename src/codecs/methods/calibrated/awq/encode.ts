import { floatsToHalves } from '../../../../base/float16';
import { invariant } from '../../../../base/errors';
import type { LayerInputs } from '../../../../calibrate/inputs';
import { splitRows, type DenseMatrix, type RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { recordCodes, recordPack, ROW_ALIGN, type GroupBuffers } from '../../../kit/uniformGrid/encode';
import { rtnParts, type Piece } from '../../../kit/uniformGrid/erased';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import { recordClipSearch } from './clip';
import { searchExponent } from './exponent';
import { awqLayout, type AwqLayout } from './layout';
import { checkActivations, isOne } from './scale';
import { recordScaleColumns } from './steps';

/**
 * One tensor on its own: s is stored with it. Without inputs s = 1 and only the clipping is searched.
 * @throws LabError bad-input naming the tensor: a scale overflows, or its activations are all zero
 */
export async function encodeAwq(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const { inputs } = context;
  if (!inputs) return encodeScaled(tensor, new Float32Array(tensor.shape[1]).fill(1), options, context);
  checkInputs(tensor, inputs);
  const s = await searchExponent([tensor], options, context, inputs, true);
  const parts = await encodeScaled(tensor, s, options, context);
  return isOne(s) ? parts : new Map(parts).set('inputScale', bytesOf16(floatsToHalves(s)));
}

export function checkInputs({ name, shape }: SourceTensor, { columns, meanAbs }: LayerInputs): void {
  invariant(columns === shape[1], `${name} has ${shape[1]} columns, its inputs ${columns}`);
  checkActivations(name, meanAbs);
}

/** Codes, scales and zero points of W·diag(s), a range of rows at a time; s itself is not among the parts. */
export async function encodeScaled(
  tensor: SourceTensor,
  s: Float32Array,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = awqLayout(tensor.shape, options);
  const parts = new Map(rtnParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes))
    for (const [suffix, bytes, at] of await encodeRange(tensor, s, layout, range, context))
      parts.get(suffix)!.set(bytes, at);
  requireHalfScales(tensor.name, parts.get('scales')!);
  return parts;
}

function rowRanges({ rows, columns }: AwqLayout, maxBindingBytes: number): RowRange[] {
  const elements = Math.max(CHUNK_ELEMENTS / 4, ROW_ALIGN * columns);
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, 4 * elements), ROW_ALIGN);
}

function encodeRange(
  { values }: SourceTensor,
  s: Float32Array,
  layout: AwqLayout,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<Piece[]> {
  const { columns, groupsPerRow, bits, rowBytes, asymmetric } = layout;
  const groups = rows * groupsPerRow;
  const firstGroup = firstRow * groupsPerRow;
  const weights = values.subarray(firstRow * columns, (firstRow + rows) * columns);
  return gpuJob(context, async (job) => {
    const { run, read } = job;
    const buffers = await recordGroups(job, context, layout, rows, weights, s, context.inputs?.gram);
    const codes = await recordCodes(job, layout, rows, buffers);
    const halves = await recordPack(job, buffers.scales, groups, 16);
    const zeros = asymmetric ? await recordPack(job, buffers.zeros, groups, bits) : undefined;
    await run();
    const pieces: Piece[] = [
      ['codes', await read(codes, rows * rowBytes), firstRow * rowBytes],
      ['scales', await read(halves, 2 * groups), 2 * firstGroup],
    ];
    if (zeros) pieces.push(['zeros', await read(zeros, zeros.size), (firstGroup * bits) / 8]);
    return pieces;
  });
}

/** W·diag(s), and the scales and zero points of its groups. */
async function recordGroups(
  job: GpuJob,
  context: CodecContext,
  layout: AwqLayout,
  rows: number,
  weights: Float32Array,
  columnScale: Float32Array,
  gram?: DenseMatrix,
): Promise<GroupBuffers> {
  const { scope } = job;
  const groups = rows * layout.groupsPerRow;
  const s = scope.upload(columnScale, 'column scale');
  const w = scope.allocate(4 * weights.length, 'scaled weights');
  const scales = scope.allocate(4 * groups, 'scales');
  const zeros = scope.allocate(4 * groups, 'zero points');
  const source = scope.upload(weights, 'weights');
  await recordScaleColumns(job, context, weights.length, layout.columns, { w: source, s, out: w });
  await recordClipSearch(job, context, layout, rows, { w, s, scales, zeros }, gram);
  return { w, scales, zeros };
}
