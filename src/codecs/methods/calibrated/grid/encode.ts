import { invariant } from '../../../../base/errors';
import { splitRows, type RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext, GroupResult, SourceTensor, TensorGroup } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import {
  noFeedback,
  openFeedback,
  recordFeedback,
  recordPackRows,
  type Feedback,
  type FeedbackGrid,
} from '../../../kit/errorFeedback/feedback';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { threadGroups } from '../../../kit/spans';
import { gridLayout, HIGHEST, TRELLIS_ROWS, ZERO, type GridLayout } from './layout';
import {
  allStepBits,
  chooseSteps,
  partsWith,
  rowNormalisation,
  type RowNormalisation,
  type Steps,
} from './steps';

/** Weights of one job: bounds what a dispatch over a block of 32 columns costs. */
const JOB_WEIGHTS = 2 ** 19;
/** Runs of rows per workgroup of the trellis kernel, and its operations per weight. */
const RUNS_PER_GROUP = 8;
const TRELLIS_COST = 150;

/** @throws LabError naming the tensor: statistics that cannot be used, a step that overflows; Cancelled */
export async function encodeGrid(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const result = await encodeGridGroup({ tensors: [tensor] }, options, context);
  return result.parts.get(tensor.name)!;
}

/** Tensors that read one activation share its factored Hessian. */
export async function encodeGridGroup(
  { tensors }: TensorGroup,
  options: CodecOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const feedback = await feedbackFor(tensors[0], options, context);
  try {
    const parts = new Map<string, Parts>();
    for (const tensor of tensors)
      parts.set(tensor.name, await encodeWith(feedback, tensor, options, context));
    return { parts };
  } finally {
    feedback.dispose();
  }
}

async function feedbackFor(
  { name, shape }: SourceTensor,
  { rounding, damping }: CodecOptions,
  context: CodecContext,
): Promise<Feedback> {
  const { inputs } = context;
  if (!inputs || rounding === 'nearest') return noFeedback(shape[1]);
  invariant(
    inputs.columns === shape[1],
    `${name} has ${shape[1]} columns, its inputs have ${inputs.columns}`,
  );
  return openFeedback(context, inputs, { damping: Number(damping), actOrder: false }, name);
}

async function encodeWith(
  feedback: Feedback,
  { name, shape, values }: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = gridLayout(shape, options);
  const { rowCounts } = context;
  invariant(!rowCounts || rowCounts.length === shape[0], `${name} has ${shape[0]} rows, not as many counts`);
  const steps = chooseSteps(values, layout, feedback.diagonal, name, rowCounts);
  const parts = partsWith(layout, steps);
  const { rowBytes } = layout;
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes)) {
    const codes = await encodeRange(feedback, values, range, layout, steps, context);
    parts.get('codes')!.set(codes, range.firstRow * rowBytes);
  }
  return parts;
}

function rowRanges({ rows, columns }: GridLayout, maxBindingBytes: number): RowRange[] {
  const bytes = 4 * Math.max(JOB_WEIGHTS, TRELLIS_ROWS * columns);
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, bytes), TRELLIS_ROWS);
}

function encodeRange(
  feedback: Feedback,
  values: Float32Array,
  { firstRow, rows }: RowRange,
  layout: GridLayout,
  steps: Steps,
  context: CodecContext,
): Promise<Uint8Array> {
  const { columns, rowBytes } = layout;
  return gpuJob(context, async (job) => {
    const w = job.scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights');
    const normalisation = rowNormalisation(steps, layout.rows);
    if (normalisation) await recordNormalisation(job, context, w, { firstRow, rows }, normalisation);
    const grid = gridOf(job, layout, rows, steps);
    const codes = await recordFeedback(job, feedback, { w, rows }, grid);
    const packed = await recordPackRows(job, codes, { rows, columns, bits: 8, offset: 0 });
    await job.run();
    return job.read(packed, rows * rowBytes);
  });
}

async function recordNormalisation(
  { recorder, scope }: GpuJob,
  { gpu }: CodecContext,
  w: GPUBuffer,
  { firstRow, rows }: RowRange,
  { centre, factors }: RowNormalisation,
): Promise<void> {
  const weights = rows * centre.length;
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/grid/normalise' }), {
    params: { rows, columns: centre.length },
    bindings: {
      centre: scope.upload(centre, 'centre'),
      factors: scope.upload(factors.subarray(firstRow, firstRow + rows), 'factors of rows'),
      w,
    },
    workgroups: threadGroups(weights),
    cost: 4 * weights,
  });
}

function gridOf(
  { scope }: GpuJob,
  { columns, trellis }: GridLayout,
  rows: number,
  steps: Steps,
): FeedbackGrid {
  const grid: FeedbackGrid = {
    group: 1,
    scaleStride: 0,
    lowest: ZERO - HIGHEST,
    highest: ZERO + HIGHEST,
    scales: scope.upload(allStepBits(steps), 'steps'),
    zeros: scope.upload(new Uint32Array(columns).fill(ZERO), 'zero points'),
  };
  if (!trellis) return grid;
  return {
    ...grid,
    lowest: -HIGHEST,
    highest: HIGHEST,
    rounding: {
      module: 'codecs/grid/trellis',
      bindings: { scratch: scope.allocate(8 * rows, 'trellis') },
      workgroups: Math.ceil(rows / TRELLIS_ROWS / RUNS_PER_GROUP),
      costPerWeight: TRELLIS_COST,
    },
  };
}
