import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { CodecContext } from '../contract/codec';
import { gpuJob, type GpuJob } from './gpuJob';
import { partSpans, rowRanges, type PartSpan } from './spans';

/** Rows of a matrix in one buffer, which one dispatch can fill. */
export interface TargetRows {
  /** The first row, counted in the whole matrix. */
  firstRow: number;
  rows: number;
  buffer: GPUBuffer;
  /** The index of their first weight in `buffer`. */
  firstElement: number;
}

/**
 * Fills a matrix on the GPU by ranges of rows, with one job for each range, so that Stop takes effect soon.
 * @param record records the dispatches that fill the rows
 * @throws Cancelled, LabError
 */
export async function fillByRows(
  target: DenseMatrix,
  context: CodecContext,
  record: (job: GpuJob, range: TargetRows) => Promise<void>,
): Promise<void> {
  const { columns } = target;
  for (const { buffer, firstRow, rows } of target.parts)
    for (const range of rowRanges({ rows, columns }, context.gpu.maxBindingBytes))
      await gpuJob(context, async (job) => {
        const place = { firstRow: firstRow + range.firstRow, firstElement: range.firstRow * columns };
        await record(job, { ...place, rows: range.rows, buffer });
        await job.run();
      });
}

/**
 * Fills a matrix on the GPU by spans of flattened weights, with one job for each span, so that Stop takes effect soon.
 * @param record records the dispatches that fill the span
 * @throws Cancelled, LabError
 */
export async function fillBySpans(
  target: DenseMatrix,
  context: CodecContext,
  record: (job: GpuJob, span: PartSpan) => Promise<void>,
): Promise<void> {
  for (const span of partSpans(target))
    await gpuJob(context, async (job) => {
      await record(job, span);
      await job.run();
    });
}

/** Records copying elements [first, first + count) of the flattened matrix from a buffer that begins with them. */
export function recordCopyToTarget(
  { recorder }: GpuJob,
  target: DenseMatrix,
  source: GPUBuffer,
  first: number,
  count: number,
): void {
  for (const part of target.parts) {
    const begin = part.firstRow * target.columns;
    const from = Math.max(first, begin);
    const to = Math.min(first + count, begin + part.rows * target.columns);
    if (from >= to) continue;
    recorder.copy({
      label: 'weights',
      source,
      sourceOffset: 4 * (from - first),
      target: part.buffer,
      targetOffset: 4 * (from - begin),
      bytes: 4 * (to - from),
    });
  }
}
