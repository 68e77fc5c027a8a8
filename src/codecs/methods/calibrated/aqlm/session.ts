import { maxDispatchCost } from '../../../../gpu/dispatchCost';
import type { KernelSource } from '../../../../gpu/kernels';
import { splitRows } from '../../../../runtime/linear/matrix';
import type { Source } from '../../../contract/defineCodec';
import type { GpuJob } from '../../../kit/gpuJob';
import type { Span } from '../../../kit/spans';
import type { AqlmLayout } from './layout';
import type { AqlmMetric } from './metric';

/** Rows whose sums one thread of gather.wgsl adds. The number is fixed, so that dividing W into ranges changes no sum. */
export const CHUNK_ROWS = 32;
/** The most rows of one range. */
const RANGE_ROWS = 4096;

/** Rows [firstRow, firstRow + rows) of W on the GPU. Matrices are transposed, [padded columns, rows]. */
export interface RowRangeBuffers {
  firstRow: number;
  rows: number;
  /** W ÷ scale. */
  target: GPUBuffer;
  /** target − decoded, or a decoded direction of the codebooks. */
  e: GPUBuffer;
  /** G·e, or `e` itself where the metric is the identity. */
  q: GPUBuffer;
  /** [groups · codebooks, rows], one word each. */
  codes: GPUBuffer;
  /** Float16 bits of the scales, [rows], one word each. */
  scaleBits: GPUBuffer;
  /** Squared scales [rows], the weights of the rows' errors. */
  weight: GPUBuffer;
}

/** The state of encoding one matrix. Its buffers are freed with the job. */
export interface Session {
  layout: AqlmLayout;
  job: GpuJob;
  metric: AqlmMetric;
  ranges: readonly RowRangeBuffers[];
  /** The codebooks, float32 [codebooks, entries, size]. */
  books: GPUBuffer;
  /** Direction and residual of the conjugate gradients for the codebooks, in the shape of the codebooks. */
  direction: GPUBuffer;
  residual: GPUBuffer;
  /** State of the conjugate gradients (conjugate.wgsl), [1]. */
  state: GPUBuffer;
  /** Sums by entry (gather.wgsl), [codebooks, entries, 2, size], and the same for each chunk of rows. */
  sums: GPUBuffer;
  partials: GPUBuffer;
  /** [codebooks, entries] */
  norms: GPUBuffer;
}

/** Allocates the buffers and records the normalisation of W. */
export async function openSession(
  { values, layout }: Source<AqlmLayout>,
  metric: AqlmMetric,
  job: GpuJob,
): Promise<Session> {
  const { gpu, scope } = job;
  const { columns, codebooks, entries, size } = layout;
  const bookBytes = 4 * codebooks * entries * size;
  const ranges: RowRangeBuffers[] = [];
  for (const { firstRow, rows } of rowRanges(layout, gpu.maxBindingBytes)) {
    const range = allocateRange(layout, metric, job, firstRow, rows);
    await recordNormalise(job, range, values.subarray(firstRow * columns, (firstRow + rows) * columns));
    ranges.push(range);
  }
  const chunks = Math.max(...ranges.map(({ rows }) => Math.ceil(rows / CHUNK_ROWS)));
  return {
    layout,
    job,
    metric,
    ranges,
    books: scope.allocate(bookBytes, 'codebooks'),
    direction: scope.allocate(bookBytes, 'direction of codebooks'),
    residual: scope.allocate(bookBytes, 'residual of codebooks'),
    state: scope.allocate(4, 'solver state'),
    sums: scope.allocate(2 * bookBytes, 'sums by entry'),
    partials: scope.allocate(2 * bookBytes * chunks, 'sums by chunk and entry'),
    norms: scope.allocate(4 * codebooks * entries, 'norms of entries'),
  };
}

function rowRanges({ rows, padded, codebooks, entries, size }: AqlmLayout, maxBytes: number) {
  const perRow = Math.max(4 * padded, (8 * codebooks * entries * size) / CHUNK_ROWS);
  return splitRows(rows, perRow, Math.min(maxBytes, RANGE_ROWS * perRow), CHUNK_ROWS);
}

function allocateRange(
  { padded, groups, codebooks }: AqlmLayout,
  metric: AqlmMetric,
  { scope }: GpuJob,
  firstRow: number,
  rows: number,
): RowRangeBuffers {
  const bytes = 4 * padded * rows;
  const e = scope.allocate(bytes, 'error');
  return {
    firstRow,
    rows,
    target: scope.allocate(bytes, 'normalised weights'),
    e,
    q: metric.gram ? scope.allocate(bytes, 'error times Gram matrix') : e,
    codes: scope.allocate(4 * groups * codebooks * rows, 'codes'),
    scaleBits: scope.allocate(4 * rows, 'scales'),
    weight: scope.allocate(4 * rows, 'row weights'),
  };
}

async function recordNormalise(
  { dispatch, scope }: GpuJob,
  { rows, target, scaleBits, weight }: RowRangeBuffers,
  values: Float32Array,
): Promise<void> {
  await dispatch('codecs/aqlm/normalise', {
    params: { rows, columns: values.length / rows },
    bindings: { w: scope.upload(values, 'weights'), target_: target, scaleBits, weight },
    threads: rows,
    cost: 8 * values.length,
  });
}

/** Divides [0, items) into spans that cost no more than one dispatch may. */
export function boundedSpans({ job }: Session, items: number, costOfOne: number): Span[] {
  const max = Math.max(1, Math.floor(maxDispatchCost(job.gpu) / costOfOne));
  const found: Span[] = [];
  for (let first = 0; first < items; first += max) found.push({ first, count: Math.min(max, items - first) });
  return found;
}

/** Names a kernel of this codec for the session's group size. */
export function kernelOf({ layout }: Session, name: string, gram = false): KernelSource {
  return {
    module: `codecs/aqlm/${name}`,
    conditions: { eight: layout.size === 8, ...(gram && { gram }) },
  };
}
