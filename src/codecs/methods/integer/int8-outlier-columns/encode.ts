import type { RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { requireHalfOutliers } from '../../../kit/int8Rows/outliers';
import { rowRanges } from '../../../kit/spans';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { largestColumns, splitColumns, type ColumnSplit } from './columns';
import { int8Bytes, outlierParts, type OutlierLayout, type OutlierParts } from './layout';

/** Ranges of rows start at multiples of four, so that their codes and halves start at whole words. */
const ROW_ALIGN = 4;

/**
 * Encodes on the GPU, a range of rows at a time.
 * @throws LabError bad-input when a scale or an outlier exceeds float16; limit when four rows exceed a binding; Cancelled
 */
export async function encodeOutlierColumns(
  source: Source<OutlierLayout>,
  context: CodecContext,
): Promise<OutlierParts> {
  const { name, values, layout } = source;
  const { columns } = layout;
  const split = splitColumns(columns, largestColumns(values, columns, layout.outliers));
  const parts = zeroedParts(outlierParts(layout));
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes, { align: ROW_ALIGN }))
    await gpuJob(context, (job) => encodeRows(job, source, split, range, parts));
  if (parts.scales) requireHalfScales(name, parts.scales);
  if (parts.outliers) requireHalfOutliers(name, parts.outliers, split.outliers);
  parts.columns?.set(new Uint8Array(split.outliers.buffer));
  return parts;
}

async function encodeRows(
  job: GpuJob,
  { name, values, layout }: Source<OutlierLayout>,
  split: ColumnSplit,
  { firstRow, rows }: RowRange,
  parts: OutlierParts,
): Promise<void> {
  const { columns, kept, outliers } = layout;
  const first = firstRow * columns;
  const weights = job.scope.upload(values.subarray(first, first + rows * columns), `${name} weights`);
  const chunk = { ...layout, rows };
  const coded = kept > 0 ? await recordCodes(job, weights, chunk, split) : undefined;
  const floats = outliers > 0 ? await recordOutliers(job, weights, chunk, split) : undefined;
  await job.run();
  if (coded) {
    const words = await job.readWords(coded.scales);
    parts.scales!.set(bytesOf16(Uint16Array.from(words)), firstRow * 2);
    parts.codes!.set(await job.read(coded.codes, int8Bytes(chunk)), firstRow * kept);
  }
  if (floats) parts.outliers!.set(await job.read(floats, rows * outliers * 2), firstRow * outliers * 2);
}

async function recordCodes(
  { scope, dispatch }: GpuJob,
  weights: GPUBuffer,
  { rows, columns, kept: keptCount }: OutlierLayout,
  split: ColumnSplit,
): Promise<{ scales: GPUBuffer; codes: GPUBuffer }> {
  const count = rows * keptCount;
  const kept = scope.upload(split.kept, 'kept columns');
  const scales = scope.allocate(rows * 4, 'row scales');
  const codes = scope.allocate(count, 'int8 codes');
  await dispatch('codecs/int8-outlier-columns/scales', {
    params: { rows, columns, keptCount },
    bindings: { weights, kept, scales },
    threads: rows,
    cost: count * 2,
  });
  await dispatch('codecs/int8-outlier-columns/codes', {
    params: { count, columns, keptCount },
    bindings: { weights, kept, scales, codes },
    threads: Math.ceil(count / 4),
    cost: count * 20,
  });
  return { scales, codes };
}

async function recordOutliers(
  { scope, dispatch }: GpuJob,
  weights: GPUBuffer,
  { rows, columns, outliers: outlierCount }: OutlierLayout,
  split: ColumnSplit,
): Promise<GPUBuffer> {
  const count = rows * outlierCount;
  const outliers = scope.upload(split.outliers, 'outlier columns');
  const halves = scope.allocate(count * 2, 'outliers');
  await dispatch('codecs/kit/int8Rows/outliers', {
    params: { count, columns, outlierCount },
    bindings: { weights, outliers, halves },
    threads: Math.ceil(count / 2),
    cost: count * 20,
  });
  return halves;
}
