import { splitRows, type DenseMatrix, type RowRange } from '../../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../../contract/codec';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../../kit/spans';
import { recordTransform, uploadTransform } from '../../../../kit/transforms/product';
import { blockMatrix, blockRuns, type BlockRun } from './layout';

/** A row-major matrix [rows, columns] on the GPU. */
interface Rows {
  buffer: GPUBuffer;
  /** Elements before its first row. */
  offset: number;
  rows: number;
  columns: number;
}

function rowRanges(rows: number, columns: number, maxBindingBytes: number): RowRange[] {
  return splitRows(rows, 4 * columns, Math.min(maxBindingBytes, Math.max(4 * CHUNK_ELEMENTS, 4 * columns)));
}

/** Coefficients [rows, columns] of weights [rows, columns], both on the host; the transform runs in WGSL. */
export async function forwardRows(
  values: Float32Array,
  [rows, columns]: readonly [number, number],
  options: CodecOptions,
  context: CodecContext,
): Promise<Float32Array> {
  const result = new Float32Array(values.length);
  for (const range of rowRanges(rows, columns, context.gpu.maxBindingBytes)) {
    const first = range.firstRow * columns;
    const count = range.rows * columns;
    const bytes = await gpuJob(context, async (job) => {
      const buffer = job.scope.upload(values.subarray(first, first + count), 'weights');
      const y = await recordRows(
        { buffer, offset: 0, rows: range.rows, columns },
        options,
        false,
        context,
        job,
      );
      await job.run();
      return job.read(y, 4 * count);
    });
    result.set(new Float32Array(bytes.buffer), first);
  }
  return result;
}

/** Turns coefficients into weights where they are. */
export async function inverseInPlace(
  matrix: DenseMatrix,
  options: CodecOptions,
  context: CodecContext,
): Promise<void> {
  const { columns } = matrix;
  for (const part of matrix.parts)
    for (const { firstRow, rows } of rowRanges(part.rows, columns, context.gpu.maxBindingBytes))
      await gpuJob(context, async (job) => {
        const source = { buffer: part.buffer, offset: firstRow * columns, rows, columns };
        const y = await recordRows(source, options, true, context, job);
        const bytes = 4 * rows * columns;
        const targetOffset = 4 * firstRow * columns;
        job.recorder.copy({
          label: 'weights',
          source: y,
          sourceOffset: 0,
          target: part.buffer,
          targetOffset,
          bytes,
        });
        await job.run();
      });
}

/** Records the transform of every block; the result is a new buffer [rows, columns]. */
async function recordRows(
  source: Rows,
  options: CodecOptions,
  inverse: boolean,
  { gpu }: CodecContext,
  job: GpuJob,
): Promise<GPUBuffer> {
  const y = job.scope.allocate(4 * source.rows * source.columns, 'transformed');
  for (const run of blockRuns(source.columns, options)) {
    const values = blockMatrix(options, run.length, inverse);
    const a = uploadTransform(gpu, job, values, run.length, run.length);
    for (const { rows, stride, column } of strips(source, run)) {
      const view = { stride, width: run.length };
      await recordTransform(gpu, job, a, {
        rows,
        x: { ...view, buffer: source.buffer, column: source.offset + column },
        y: { ...view, buffer: y, column },
      });
    }
  }
  return y;
}

/** Blocks that fill their rows are one matrix with a block a row; others go by columns of blocks. */
function strips({ rows, columns }: Rows, { column, length, count }: BlockRun) {
  if (length * count === columns) return [{ rows: rows * count, stride: length, column: 0 }];
  return Array.from({ length: count }, (_, i) => ({ rows, stride: columns, column: column + i * length }));
}
