import { maxDispatchCost } from '../../../../gpu/dispatchCost';
import { splitRows } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import type { GpuJob } from '../../../kit/gpuJob';
import { threadGroups, type Span } from '../../../kit/spans';
import type { AqlmLayout } from './layout';
import type { Metric } from './metric';

/** Rows whose sums one thread of gather.wgsl adds: fixed, so that cutting W into ranges changes no sum. */
export const CHUNK_ROWS = 32;
/** Rows of one range at most. */
const RANGE_ROWS = 4096;

/** Rows [firstRow, firstRow + rows) of W on the GPU; matrices are transposed, [padded columns, rows]. */
export interface Range {
  firstRow: number;
  rows: number;
  /** W ÷ scale. */
  target: GPUBuffer;
  /** target − decoded, or a direction of the codebooks decoded. */
  e: GPUBuffer;
  /** G·e; with the identity as metric, e itself. */
  q: GPUBuffer;
  /** [groups · codebooks, rows], one word each. */
  codes: GPUBuffer;
  /** [rows]: float16 bits, and their squared values: the weight of the row's error. */
  scaleBits: GPUBuffer;
  weight: GPUBuffer;
}

/** Everything one encode call works with; freed with its job. */
export interface Session {
  layout: AqlmLayout;
  context: CodecContext;
  job: GpuJob;
  metric: Metric;
  ranges: readonly Range[];
  /** Float32 [codebooks, entries, size]: the codebooks, and a direction and a residual of their least squares. */
  books: GPUBuffer;
  direction: GPUBuffer;
  residual: GPUBuffer;
  /** [1] */
  state: GPUBuffer;
  /** [codebooks, entries, 2, size], and the same per chunk of rows. */
  sums: GPUBuffer;
  partials: GPUBuffer;
  /** [codebooks, entries] */
  norms: GPUBuffer;
}

export async function openSession(
  { values }: SourceTensor,
  layout: AqlmLayout,
  metric: Metric,
  context: CodecContext,
  job: GpuJob,
): Promise<Session> {
  const { scope } = job;
  const bookBytes = 4 * layout.codebooks * layout.entries * layout.size;
  const ranges: Range[] = [];
  for (const { firstRow, rows } of rowRanges(layout, context.gpu.maxBindingBytes)) {
    const range = allocateRange(layout, metric, job, firstRow, rows);
    const w = values.subarray(firstRow * layout.columns, (firstRow + rows) * layout.columns);
    await recordNormalise(layout, context, job, range, w);
    ranges.push(range);
  }
  const chunks = Math.max(...ranges.map(({ rows }) => Math.ceil(rows / CHUNK_ROWS)));
  return {
    layout,
    context,
    job,
    metric,
    ranges,
    books: scope.allocate(bookBytes, 'codebooks'),
    direction: scope.allocate(bookBytes, 'direction of codebooks'),
    residual: scope.allocate(bookBytes, 'residual of codebooks'),
    state: scope.allocate(4, 'solver state'),
    sums: scope.allocate(2 * bookBytes, 'sums by entry'),
    partials: scope.allocate(2 * bookBytes * chunks, 'sums by chunk and entry'),
    norms: scope.allocate(4 * layout.codebooks * layout.entries, 'norms of entries'),
  };
}

function rowRanges({ rows, padded, codebooks, entries, size }: AqlmLayout, maxBytes: number) {
  const perRow = Math.max(4 * padded, (8 * codebooks * entries * size) / CHUNK_ROWS);
  return splitRows(rows, perRow, Math.min(maxBytes, RANGE_ROWS * perRow), CHUNK_ROWS);
}

function allocateRange(
  { padded, groups, codebooks }: AqlmLayout,
  metric: Metric,
  { scope }: GpuJob,
  firstRow: number,
  rows: number,
): Range {
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
  { columns }: AqlmLayout,
  { gpu }: CodecContext,
  { recorder, scope }: GpuJob,
  { rows, target, scaleBits, weight }: Range,
  values: Float32Array,
): Promise<void> {
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/aqlm/normalise' }), {
    params: { rows, columns },
    bindings: { w: scope.upload(values, 'weights'), target_: target, scaleBits, weight },
    workgroups: threadGroups(rows),
    cost: 8 * rows * columns,
  });
}

/** [first, first + count) covering `items`, so that no span costs more than a dispatch may. */
export function boundedSpans({ context }: Session, items: number, costOfOne: number): Span[] {
  const most = Math.max(1, Math.floor(maxDispatchCost(context.gpu) / costOfOne));
  const found: Span[] = [];
  for (let first = 0; first < items; first += most)
    found.push({ first, count: Math.min(most, items - first) });
  return found;
}

/** A kernel of this codec for the session's vector size. */
export function kernelOf({ layout, context }: Session, name: string, gram = false) {
  return context.gpu.kernels.get({
    module: `codecs/aqlm/${name}`,
    conditions: { eight: layout.size === 8, ...(gram && { gram }) },
  });
}
