import { splitRows, type RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { requireHalfScales } from '../../../kit/storedFloats';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../../../kit/spans';
import { largestColumns, splitColumns, type ColumnSplit } from './columns';
import { codeBytes, countsOf, partsOf, type Counts, type Pieces } from './layout';
import { requireHalfOutliers } from '../../../kit/int8Rows/outliers';

/** Rows of a chunk come in fours, so that its codes and halves start on whole words. */
const ROW_ALIGN = 4;

/**
 * @throws LabError bad-input when a scale or an outlier exceeds float16; limit when four rows exceed a binding; Cancelled
 */
export async function encodeOutlierColumns(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const counts = countsOf(tensor.shape, options);
  const { rows, columns } = counts;
  const split = splitColumns(columns, largestColumns(tensor.values, columns, counts.outliers));
  const pieces: Pieces = {
    codes: new Uint8Array(codeBytes(counts)),
    scales: new Uint8Array(rows * 2),
    columns: split.outliers,
    outliers: new Uint8Array(rows * counts.outliers * 2),
  };
  const chunkBytes = 4 * Math.max(CHUNK_ELEMENTS, ROW_ALIGN * columns);
  const limit = Math.min(context.gpu.maxBindingBytes, chunkBytes);
  for (const range of splitRows(rows, columns * 4, limit, ROW_ALIGN))
    await gpuJob(context, (job) => encodeRows(tensor, counts, split, range, pieces, context, job));
  requireHalfScales(tensor.name, pieces.scales);
  requireHalfOutliers(tensor.name, pieces.outliers, split.outliers);
  return partsOf(counts, pieces);
}

async function encodeRows(
  tensor: SourceTensor,
  counts: Counts,
  split: ColumnSplit,
  range: RowRange,
  pieces: Pieces,
  context: CodecContext,
  job: GpuJob,
): Promise<void> {
  const first = range.firstRow * counts.columns;
  const values = tensor.values.subarray(first, first + range.rows * counts.columns);
  const weights = job.scope.upload(values, `${tensor.name} weights`);
  const chunk = { ...counts, rows: range.rows };
  const coded = counts.kept > 0 ? await recordCodes(weights, chunk, split, context, job) : undefined;
  const floats = counts.outliers > 0 ? await recordOutliers(weights, chunk, split, context, job) : undefined;
  await job.run();
  if (coded) {
    const words = new Uint32Array((await job.read(coded.scales, range.rows * 4)).buffer);
    pieces.scales.set(new Uint8Array(Uint16Array.from(words).buffer), range.firstRow * 2);
    const bytes = await job.read(coded.codes, codeBytes(chunk));
    pieces.codes.set(bytes, range.firstRow * counts.kept);
  }
  if (floats) {
    const bytes = await job.read(floats, range.rows * counts.outliers * 2);
    pieces.outliers.set(bytes, range.firstRow * counts.outliers * 2);
  }
}

async function recordCodes(
  weights: GPUBuffer,
  { rows, columns, kept: keptCount }: Counts,
  split: ColumnSplit,
  { gpu }: CodecContext,
  { scope, recorder }: GpuJob,
): Promise<{ scales: GPUBuffer; codes: GPUBuffer }> {
  const count = rows * keptCount;
  const kept = scope.upload(split.kept, 'kept columns');
  const scales = scope.allocate(rows * 4, 'row scales');
  const codes = scope.allocate(count, 'int8 codes');
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/int8-outlier-columns/scales' }), {
    params: { rows, columns, keptCount },
    bindings: { weights, kept, scales },
    workgroups: threadGroups(rows),
    cost: count * 2,
  });
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/int8-outlier-columns/codes' }), {
    params: { count, columns, keptCount },
    bindings: { weights, kept, scales, codes },
    workgroups: threadGroups(Math.ceil(count / 4)),
    cost: count * 20,
  });
  return { scales, codes };
}

async function recordOutliers(
  weights: GPUBuffer,
  { rows, columns, outliers: outlierCount }: Counts,
  split: ColumnSplit,
  { gpu }: CodecContext,
  { scope, recorder }: GpuJob,
): Promise<GPUBuffer> {
  const count = rows * outlierCount;
  const outliers = scope.upload(split.outliers, 'outlier columns');
  const halves = scope.allocate(count * 2, 'outliers');
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/int8Rows/outliers' }), {
    params: { count, columns, outlierCount },
    bindings: { weights, outliers, halves },
    workgroups: threadGroups(Math.ceil(count / 2)),
    cost: count * 20,
  });
  return halves;
}
