import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../../contract/codec';
import { fillByRows } from '../../../../kit/fillTarget';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { rowRanges } from '../../../../kit/spans';
import { float32Values } from '../../../../kit/storedFloats';
import { recordTransform, uploadTransform } from '../../../../kit/transforms/product';
import { blockMatrix, blockRuns, type BlockRun, type TransformLayout } from './layout';

/** Rows of a row-major matrix on the GPU. */
interface Rows {
  buffer: GPUBuffer;
  /** The index of their first element in `buffer`. */
  offset: number;
  rows: number;
}

/** Computes coefficients [rows, columns] of weights [rows, columns], both on the host, by a transform in WGSL. */
export async function forwardRows(
  values: Float32Array,
  layout: TransformLayout,
  context: CodecContext,
): Promise<Float32Array> {
  const { columns } = layout.grid;
  const result = new Float32Array(values.length);
  for (const range of rowRanges(layout.grid, context.gpu.maxBindingBytes)) {
    const first = range.firstRow * columns;
    const bytes = await gpuJob(context, async (job) => {
      const weights = values.subarray(first, first + range.rows * columns);
      const buffer = job.scope.upload(weights, 'weights');
      const y = await recordRows(job, layout, { buffer, offset: 0, rows: range.rows }, false);
      await job.run();
      return job.read(y, weights.byteLength);
    });
    result.set(float32Values(bytes), first);
  }
  return result;
}

/** Transforms coefficients to weights in place. */
export async function inverseInPlace(
  matrix: DenseMatrix,
  layout: TransformLayout,
  context: CodecContext,
): Promise<void> {
  await fillByRows(matrix, context, async (job, { buffer, firstElement, rows }) => {
    const source = await recordRows(job, layout, { buffer, offset: firstElement, rows }, true);
    const from = { source, sourceOffset: 0, bytes: 4 * rows * matrix.columns };
    job.recorder.copy({ label: 'weights', ...from, target: buffer, targetOffset: 4 * firstElement });
  });
}

/** Records the transform of every block into a new buffer [rows, columns]. */
async function recordRows(
  job: GpuJob,
  layout: TransformLayout,
  source: Rows,
  inverse: boolean,
): Promise<GPUBuffer> {
  const { columns } = layout.grid;
  const y = job.scope.allocate(4 * source.rows * columns, 'transformed');
  for (const run of blockRuns(layout)) {
    const values = blockMatrix(layout, run.length, inverse);
    const a = uploadTransform(job, values, run.length, run.length);
    for (const { rows, stride, column } of strips(source.rows, columns, run)) {
      const view = { stride, width: run.length };
      await recordTransform(job, a, {
        rows,
        x: { ...view, buffer: source.buffer, column: source.offset + column },
        y: { ...view, buffer: y, column },
      });
    }
  }
  return y;
}

/** Arranges blocks as matrices: blocks that fill their rows as one matrix with a block per row, others as a matrix per column of blocks. */
function strips(rows: number, columns: number, { column, length, count }: BlockRun) {
  if (length * count === columns) return [{ rows: rows * count, stride: length, column: 0 }];
  return Array.from({ length: count }, (_, i) => ({ rows, stride: columns, column: column + i * length }));
}
