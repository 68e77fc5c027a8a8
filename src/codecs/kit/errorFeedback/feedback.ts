import { invariant } from '../../../base/errors';
import { inverseCholeskyAsync } from '../../../calibrate/cholesky';
import type { LayerInputs } from '../../../calibrate/inputs';
import { maxDispatchCost } from '../../../gpu/dispatchCost';
import { readMatrix, splitRows, type MatrixPart } from '../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../contract/codec';
import type { Source, SourceGroup, SourceGroupResult } from '../../contract/defineCodec';
import type { GpuJob } from '../gpuJob';
import { orderedHessian, type HessianOptions } from './hessian';

/** Positions that one dispatch rounds in sequence, limited by the workgroup memory of block.wgsl. */
const BLOCK = 32;
/** Positions whose errors are subtracted from all later columns in one update. */
const BATCH = 64;
/** Positions of one thread of update.wgsl. */
const TILE = 8;

/**
 * The factored inverse Hessian on the GPU, by which rounding errors are fed back to later columns. A position is a column's place in the
 * order of rounding. The caller disposes of it.
 */
export interface Feedback {
  columns: number;
  /** The column at each position. */
  order: Uint32Array;
  /**
   * The rows of U, where H⁻¹ = UᵀU, each divided by its diagonal element; float32 [columns, stride], split by rows. It is absent where H
   * is the identity and errors are not fed back.
   */
  factor?: { stride: number; parts: readonly MatrixPart[] };
  /** The diagonal of U by position. A rounding error e at position i adds e² ÷ U[i,i]² to the layer's squared output error. */
  diagonal?: Float64Array;
  dispose(): void;
}

/** Makes the feedback without input statistics: H is the identity, and every column is rounded by itself. */
function noFeedback(columns: number): Feedback {
  const order = Uint32Array.from({ length: columns }, (_, i) => i);
  return { columns, order, dispose: () => undefined };
}

/**
 * Reads back the Gram matrix of a layer's inputs, factors the inverse Hessian in float64 and uploads the factor.
 * @param name of the tensor, for errors
 * @throws LabError naming the tensor, for statistics that are all zero, not finite or singular; Cancelled
 */
async function openFeedback(
  { gpu, signal }: CodecContext,
  { gram, columns }: LayerInputs,
  options: HessianOptions,
  name: string,
): Promise<Feedback> {
  const { order, h } = orderedHessian(await readMatrix(gpu.stream, gram), columns, options, name);
  const u = await inverseCholeskyAsync(h, columns, { name, signal });
  const scope = gpu.buffers.scope();
  const stride = TILE * Math.ceil(columns / TILE);
  const parts = splitRows(columns, 4 * stride, gpu.maxBindingBytes, BATCH).map((range) => ({
    ...range,
    buffer: scope.upload(normalisedRows(u, columns, stride, range), 'error feedback'),
  }));
  const diagonal = Float64Array.from({ length: columns }, (_, i) => u[i * columns + i]);
  return { columns, order, factor: { stride, parts }, diagonal, dispose: () => scope.dispose() };
}

/**
 * Opens the feedback for a tensor's inputs, calls `work` with it and disposes of it. Without inputs or options, H is the identity.
 * @throws LabError of `openFeedback`; Cancelled
 */
export async function withFeedback<T>(
  { name, shape: [, columns] }: Pick<SourceTensor, 'name' | 'shape'>,
  options: HessianOptions | undefined,
  context: CodecContext,
  work: (feedback: Feedback) => Promise<T>,
): Promise<T> {
  const { inputs } = context;
  if (inputs)
    invariant(
      inputs.columns === columns,
      `${name} has ${columns} columns, its inputs have ${inputs.columns}`,
    );
  const feedback =
    inputs && options ? await openFeedback(context, inputs, options, name) : noFeedback(columns);
  try {
    return await work(feedback);
  } finally {
    feedback.dispose();
  }
}

/**
 * Makes `encode` and `encodeGroup` of a codec with error feedback. Tensors that read one activation share its factored Hessian.
 * @param options gives the options of the Hessian for a layout, or undefined where errors are not fed back
 */
export function sharedFeedback<Layout, Bytes>(
  options: (layout: Layout) => HessianOptions | undefined,
  encode: (feedback: Feedback, source: Source<Layout>, context: CodecContext) => Promise<Bytes>,
) {
  return {
    encode: (source: Source<Layout>, context: CodecContext): Promise<Bytes> =>
      withFeedback(source, options(source.layout), context, (feedback) => encode(feedback, source, context)),

    encodeGroup: (
      { tensors }: SourceGroup<Layout>,
      context: CodecContext,
    ): Promise<SourceGroupResult<Bytes>> =>
      withFeedback(tensors[0], options(tensors[0].layout), context, async (feedback) => {
        const parts = new Map<string, Bytes>();
        for (const source of tensors) parts.set(source.name, await encode(feedback, source, context));
        return { parts };
      }),
  };
}

function normalisedRows(
  u: Float64Array,
  n: number,
  stride: number,
  { firstRow, rows }: { firstRow: number; rows: number },
): Float32Array {
  const out = new Float32Array(rows * stride);
  for (let i = 0; i < rows; i++) {
    const row = firstRow + i;
    for (let j = row; j < n; j++) out[i * stride + j] = u[row * n + j] / u[row * n + row];
  }
  return out;
}

/** A matrix [rows, columns] stored by columns: element (row, column) at column · stride + row. */
export interface ByColumns {
  buffer: GPUBuffer;
  stride: number;
}

/** The grid that weights are rounded to: w ≈ q · scale, q an integer. */
export interface FeedbackGrid {
  /** Consecutive columns, as stored, that share a scale; a multiple of 8 if `beginGroup` is given. */
  group: number;
  /** The groups per row, or 0 if all rows share scales. The scale of (row, column) is at row · scaleStride + ⌊column ÷ group⌋. */
  scaleStride: number;
  /** The limits of q + zero, at most 4095 in magnitude. */
  lowest: number;
  highest: number;
  /** The scales as float16 bits, one word each. */
  scales: GPUBuffer;
  /** The zero points, one word each. */
  zeros: GPUBuffer;
  /**
   * Records the choice of a group's scales from the weights after the feedback of earlier errors, for columns in stored order. If absent,
   * all scales are set already.
   */
  beginGroup?: (group: number, current: ByColumns) => Promise<void>;
  /** A kernel to use instead of block.wgsl. It has the same parameters and bindings, and these further bindings. */
  rounding?: {
    module: string;
    bindings: Record<string, GPUBuffer>;
    workgroups: number;
    costPerWeight: number;
  };
}

/** A range of rows to round. Rows are independent of one another. */
export interface FeedbackRows {
  /** Float32 [rows, columns], row-major. */
  w: GPUBuffer;
  rows: number;
}

/**
 * Records rounding with error feedback. The caller runs the job.
 * @returns q + zero, one word (i32) each, in stored order of columns
 */
export async function recordFeedback(
  job: GpuJob,
  feedback: Feedback,
  { w, rows }: FeedbackRows,
  grid: FeedbackGrid,
): Promise<ByColumns> {
  const { columns, order, factor } = feedback;
  const stride = 4 * Math.ceil(rows / 4);
  const bytes = 4 * stride * columns;
  const run: Run = {
    ...{ job, feedback, rows, grid, stride },
    order: job.scope.upload(order, 'order of columns'),
    current: job.scope.allocate(bytes, 'compensated weights'),
    errors: job.scope.allocate(4 * stride * Math.min(columns, BATCH), 'rounding errors'),
    codes: job.scope.allocate(bytes, 'codes by column'),
  };
  await recordTranspose(run, w);
  for (let batch = 0; batch < columns; batch += BATCH) {
    const end = Math.min(columns, batch + BATCH);
    for (let first = batch; first < end;) {
      const next = blockEnd(first, end, grid);
      await recordBlock(run, first, next, batch);
      if (factor) await recordUpdate(run, { first, end: next, batch }, next, end);
      first = next;
    }
    if (factor) await recordUpdate(run, { first: batch, end, batch }, end, columns);
  }
  return { buffer: run.codes, stride };
}

interface Run {
  job: GpuJob;
  feedback: Feedback;
  rows: number;
  grid: FeedbackGrid;
  stride: number;
  order: GPUBuffer;
  current: GPUBuffer;
  errors: GPUBuffer;
  codes: GPUBuffer;
}

/** Finds the end of a block, which is at the latest the next group if its scales depend on all earlier errors. */
function blockEnd(first: number, end: number, { group, beginGroup }: FeedbackGrid): number {
  const limit = Math.min(end, first + BLOCK);
  if (!beginGroup) return limit;
  const next = group * (Math.floor(first / group) + 1);
  invariant(next >= limit || next % TILE === 0, `error feedback over groups of ${group}`);
  return Math.min(limit, next);
}

async function recordTranspose(run: Run, w: GPUBuffer): Promise<void> {
  const { job, rows, stride, order, current, feedback } = run;
  const { columns } = feedback;
  await job.dispatch('codecs/kit/errorFeedback/transpose', {
    params: { rows, columns, stride },
    bindings: { w, order, current },
    threads: rows * columns,
    cost: 4 * rows * columns,
  });
}

/** Records rounding positions [first, end). Their errors are stored relative to `batch`. */
async function recordBlock(run: Run, first: number, end: number, batch: number): Promise<void> {
  const { job, rows, stride, order, current, errors, codes, grid, feedback } = run;
  const { group, scaleStride, lowest, highest, scales, zeros, rounding } = grid;
  if (grid.beginGroup && first % group === 0)
    await grid.beginGroup(first / group, { buffer: current, stride });
  const count = end - first;
  await job.dispatch(rounding?.module ?? 'codecs/kit/errorFeedback/block', {
    params: {
      ...{ rows, stride, first, count, firstError: first - batch, group, scaleStride, lowest, highest },
      ...factorRow(feedback, first),
    },
    bindings: {
      ...{ current, u: factorBuffer(run, first), order, scales, zeros, codes, errors },
      ...rounding?.bindings,
    },
    ...(rounding ? { workgroups: rounding.workgroups } : { threads: rows }),
    cost: rows * count * ((rounding?.costPerWeight ?? 32) + count),
  });
}

/** Records subtracting the errors of positions [from.first, from.end) from positions [first, last), in dispatches of bounded cost. */
async function recordUpdate(
  run: Run,
  from: { first: number; end: number; batch: number },
  first: number,
  last: number,
): Promise<void> {
  const { job, stride, current, errors, feedback } = run;
  const quads = stride / 4;
  const perPosition = 2 * stride * (from.end - from.first);
  const step = TILE * Math.max(1, Math.floor(maxDispatchCost(job.gpu) / perPosition / TILE));
  const { uRow, uStride } = factorRow(feedback, from.first);
  const shared = { quads, count: from.end - from.first, firstError: from.first - from.batch, uRow, uStride };
  for (let at = first; at < last; at += step) {
    const end = Math.min(last, at + step);
    await job.dispatch('codecs/kit/errorFeedback/update', {
      params: { ...shared, first: at, last: end },
      bindings: { errors, u: factorBuffer(run, from.first), current },
      threads: quads * Math.ceil((end - at) / TILE),
      cost: perPosition * (end - at),
    });
  }
}

function factorRow({ factor }: Feedback, position: number) {
  if (!factor) return { feedback: 0, uRow: 0, uStride: 0 };
  const part = partOf(factor.parts, position);
  return { feedback: 1, uRow: position - part.firstRow, uStride: factor.stride };
}

/** Finds the buffer that holds a row of the factor. Without a factor the kernel reads none, and any buffer can be bound. */
function factorBuffer({ feedback, order }: Run, position: number): GPUBuffer {
  return feedback.factor ? partOf(feedback.factor.parts, position).buffer : order;
}

function partOf(parts: readonly MatrixPart[], row: number): MatrixPart {
  return parts.find(({ firstRow, rows }) => row < firstRow + rows)!;
}

/**
 * Records packing codes + `offset`, within [0, 2^bits), into one little-endian bitstream per row, padded to 4 bytes (src/codecs/kit/bits.ts).
 * @returns bytes [rows, 4 · wordsPerRow]
 */
export async function recordPackRows(
  { dispatch, scope }: GpuJob,
  codes: ByColumns,
  sizes: { rows: number; columns: number; bits: number; offset: number },
): Promise<GPUBuffer> {
  const wordsPerRow = Math.ceil((sizes.columns * sizes.bits) / 32);
  const words = sizes.rows * wordsPerRow;
  const packed = scope.allocate(4 * words, 'packed codes');
  await dispatch('codecs/kit/errorFeedback/pack', {
    params: { ...sizes, stride: codes.stride, wordsPerRow },
    bindings: { codes: codes.buffer, packed },
    threads: words,
    cost: 4 * sizes.rows * sizes.columns,
  });
  return packed;
}
