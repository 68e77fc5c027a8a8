import { invariant } from '../../../base/errors';
import { splitRows, type RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext, GroupResult, SourceTensor, TensorGroup } from '../../contract/codec';
import { partBytes } from '../../contract/parts';
import type { Parts } from '../../contract/parts';
import type { CodecOptions } from '../../contract/meta';
import { requireHalfScales } from '../storedFloats';
import { gpuJob, type GpuJob } from '../gpuJob';
import { recordPack, recordScales, ROW_ALIGN, type GroupBuffers, type Piece } from '../uniformGrid/encode';
import { rtnLayout, rtnParts, type RtnLayout } from '../uniformGrid/layout';
import { CHUNK_ELEMENTS } from '../spans';
import {
  noFeedback,
  openFeedback,
  recordFeedback,
  recordPackRows,
  type Feedback,
  type FeedbackGrid,
} from './feedback';
import type { HessianOptions } from './hessian';

/** The options that shape the Hessian. */
export function hessianOptions(options: CodecOptions): HessianOptions {
  return { damping: Number(options.damping), actOrder: options['act-order'] === true };
}

/** @throws LabError naming the tensor: statistics that cannot be used, a scale that overflows; Cancelled */
export async function encodeGptq(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const result = await encodeGptqGroup({ tensors: [tensor] }, options, context);
  return result.parts.get(tensor.name)!;
}

/** Tensors that read one activation share its factored Hessian. */
export async function encodeGptqGroup(
  { tensors }: TensorGroup,
  options: CodecOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const feedback = await feedbackFor(tensors[0], options, context);
  try {
    const parts = new Map<string, Parts>();
    for (const tensor of tensors)
      parts.set(tensor.name, await encodeTensorWith(feedback, tensor, options, context));
    return { parts };
  } finally {
    feedback.dispose();
  }
}

async function feedbackFor(
  { name, shape }: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Feedback> {
  const { inputs } = context;
  if (!inputs) return noFeedback(shape[1]);
  invariant(
    inputs.columns === shape[1],
    `${name} has ${shape[1]} columns, its inputs have ${inputs.columns}`,
  );
  return openFeedback(context, inputs, hessianOptions(options), name);
}

/** Rounds one tensor with a feedback that is open already; the caller keeps it. @throws as `encodeGptq` */
export async function encodeTensorWith(
  feedback: Feedback,
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = rtnLayout(tensor.shape, options);
  const parts = new Map(rtnParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  // With the columns out of order a group has no beginning: its scales are then those of the weights as they were.
  const compensatedScales = feedback.factor !== undefined && options['act-order'] !== true;
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes))
    for (const [suffix, bytes, at] of await encodeRange(feedback, tensor, layout, range, {
      context,
      compensatedScales,
    }))
      parts.get(suffix)!.set(bytes, at);
  requireHalfScales(tensor.name, parts.get('scales')!);
  return parts;
}

function rowRanges({ rows, columns }: RtnLayout, maxBindingBytes: number): RowRange[] {
  const elements = Math.max(CHUNK_ELEMENTS, ROW_ALIGN * columns);
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, 4 * elements), ROW_ALIGN);
}

interface RangeOptions {
  context: CodecContext;
  /** Take the scales of a group from the weights as the errors before it have left them. */
  compensatedScales: boolean;
}

function encodeRange(
  feedback: Feedback,
  { values }: SourceTensor,
  layout: RtnLayout,
  { firstRow, rows }: RowRange,
  { context, compensatedScales }: RangeOptions,
): Promise<Piece[]> {
  const { columns, groupsPerRow, bits, rowBytes, asymmetric } = layout;
  const groups = rows * groupsPerRow;
  const firstGroup = firstRow * groupsPerRow;
  return gpuJob(context, async (job) => {
    const { scope, run, read } = job;
    const w = scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights');
    const buffers = {
      w,
      scales: scope.allocate(4 * groups, 'scales'),
      zeros: scope.allocate(4 * groups, 'zero points'),
    };
    if (!compensatedScales) await recordScales(job, context, layout, rows, buffers);
    const grid = gridOf(job, context, layout, rows, buffers, compensatedScales);
    const byColumns = await recordFeedback(job, context, feedback, { w, rows }, grid);
    const offset = asymmetric ? 0 : 2 ** (bits - 1);
    const codes = await recordPackRows(job, context, byColumns, { rows, columns, bits, offset });
    const halves = await recordPack(job, context, buffers.scales, groups, 16);
    const zeros = asymmetric ? await recordPack(job, context, buffers.zeros, groups, bits) : undefined;
    await run();
    const pieces: Piece[] = [
      ['codes', await read(codes, rows * rowBytes), firstRow * rowBytes],
      ['scales', await read(halves, 2 * groups), 2 * firstGroup],
    ];
    if (zeros) pieces.push(['zeros', await read(zeros, zeros.size), (firstGroup * bits) / 8]);
    return pieces;
  });
}

function gridOf(
  job: GpuJob,
  context: CodecContext,
  layout: RtnLayout,
  rows: number,
  { scales, zeros }: GroupBuffers,
  compensatedScales: boolean,
): FeedbackGrid {
  const { group, groupsPerRow, levels, asymmetric } = layout;
  const lowest = asymmetric ? 0 : -levels;
  const grid = { group, scaleStride: groupsPerRow, lowest, highest: levels, scales, zeros };
  if (!compensatedScales) return grid;
  return {
    ...grid,
    beginGroup: (g, { buffer, stride }) =>
      recordScales(
        job,
        context,
        layout,
        rows,
        { w: buffer, scales, zeros },
        {
          rowStride: 1,
          columnStride: stride,
          firstGroup: g,
          groups: 1,
        },
      ),
  };
}
