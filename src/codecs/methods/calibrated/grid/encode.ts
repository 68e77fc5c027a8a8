import { invariant } from '../../../../base/errors';
import type { RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import {
  recordFeedback,
  recordPackRows,
  type Feedback,
  type FeedbackGrid,
} from '../../../kit/errorFeedback/feedback';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { rowRanges } from '../../../kit/spans';
import { MAX_LEVEL, TRELLIS_ROWS, ZERO_CODE, type GridLayout, type GridParts } from './layout';
import {
  allStepBits,
  chooseSteps,
  partsFromSteps,
  rowNormalisation,
  type RowNormalisation,
  type Steps,
} from './steps';

/** The maximum of weights per job, which bounds the cost of a dispatch over a block of 32 columns. */
const JOB_WEIGHTS = 2 ** 19;
/** Runs of rows per workgroup of the trellis kernel, and its operations per weight. */
const RUNS_PER_GROUP = 8;
const TRELLIS_COST = 150;

/**
 * Rounds a tensor to its grid with error feedback from an open `feedback`, which the caller closes.
 * @throws LabError bad-input naming the tensor when a step overflows; Cancelled
 */
export async function encodeGrid(
  feedback: Feedback,
  { name, shape, values, layout }: Source<GridLayout>,
  context: CodecContext,
): Promise<GridParts> {
  const { rowCounts } = context;
  invariant(!rowCounts || rowCounts.length === shape[0], `${name} has ${shape[0]} rows, not as many counts`);
  const steps = chooseSteps(values, layout, feedback.diagonal, name, rowCounts);
  const parts = partsFromSteps(layout, steps);
  const size = { align: TRELLIS_ROWS, maxElements: JOB_WEIGHTS };
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes, size)) {
    const codes = await gpuJob(context, (job) => encodeRange(job, feedback, values, range, layout, steps));
    parts.codes.set(codes, range.firstRow * layout.rowBytes);
  }
  return parts;
}

async function encodeRange(
  job: GpuJob,
  feedback: Feedback,
  values: Float32Array,
  { firstRow, rows }: RowRange,
  layout: GridLayout,
  steps: Steps,
): Promise<Uint8Array> {
  const { columns, rowBytes } = layout;
  const w = job.scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights');
  const normalisation = rowNormalisation(steps, layout.rows);
  if (normalisation) await recordNormalisation(job, w, { firstRow, rows }, normalisation);
  const grid = gridOf(job, layout, rows, steps);
  const codes = await recordFeedback(job, feedback, { w, rows }, grid);
  const packed = await recordPackRows(job, codes, { rows, columns, bits: 8, offset: 0 });
  await job.run();
  return job.read(packed, rows * rowBytes);
}

async function recordNormalisation(
  { dispatch, scope }: GpuJob,
  w: GPUBuffer,
  { firstRow, rows }: RowRange,
  { centre, factors }: RowNormalisation,
): Promise<void> {
  const weights = rows * centre.length;
  await dispatch('codecs/grid/normalise', {
    params: { rows, columns: centre.length },
    bindings: {
      centre: scope.upload(centre, 'centre'),
      factors: scope.upload(factors.subarray(firstRow, firstRow + rows), 'factors of rows'),
      w,
    },
    threads: weights,
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
    lowest: ZERO_CODE - MAX_LEVEL,
    highest: ZERO_CODE + MAX_LEVEL,
    scales: scope.upload(allStepBits(steps), 'steps'),
    zeros: scope.upload(new Uint32Array(columns).fill(ZERO_CODE), 'zero points'),
  };
  if (!trellis) return grid;
  return {
    ...grid,
    lowest: -MAX_LEVEL,
    highest: MAX_LEVEL,
    rounding: {
      module: 'codecs/grid/trellis',
      bindings: { scratch: scope.allocate(8 * rows, 'trellis') },
      workgroups: Math.ceil(rows / TRELLIS_ROWS / RUNS_PER_GROUP),
      costPerWeight: TRELLIS_COST,
    },
  };
}
