import type { CodecContext, SourceTensor } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { gpuJob } from '../../../kit/gpuJob';
import { requireHalfOutliers } from '../../../kit/int8Rows/outliers';
import { threadGroups } from '../../../kit/spans';
import { encodeInt8Rows, rowRanges } from '../../../kit/int8Rows/int8Rows';
import { outlierColumns } from './layout';

/** @throws LabError bad-input when a weight of an outlier column exceeds float16; limit when a row exceeds a binding; Cancelled */
export async function encodeLlmInt8(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const columns = tensor.shape[1];
  const outliers = outlierColumns(columns, options, context.inputs);
  const factors = outliers.length > 0 ? new Float32Array(columns).fill(1) : undefined;
  for (const column of outliers) factors![column] = 0;
  const { codes, scales } = await encodeInt8Rows(tensor, { factors, half: false }, context);
  const parts = new Map<string, Uint8Array>([
    ['codes', codes],
    ['scales', new Uint8Array(scales.buffer)],
  ]);
  if (outliers.length === 0) return parts;
  const values = await encodeOutliers(tensor, outliers, context);
  requireHalfOutliers(tensor.name, values, outliers);
  return parts.set('columns', new Uint8Array(outliers.slice().buffer)).set('outliers', values);
}

/** The outlier columns as float16 [rows, k], by the kernel of int8-outlier-columns. */
async function encodeOutliers(
  { values, shape: [rows, columns] }: SourceTensor,
  numbers: Uint32Array,
  context: CodecContext,
): Promise<Uint8Array> {
  const outlierCount = numbers.length;
  const bytes = new Uint8Array(2 * rows * outlierCount);
  for (const { firstRow, rows: count } of rowRanges(rows, columns, context.gpu.maxBindingBytes))
    await gpuJob(context, async ({ scope, recorder, run, read }) => {
      const chunk = values.subarray(firstRow * columns, (firstRow + count) * columns);
      const halves = scope.allocate(2 * count * outlierCount, 'outliers');
      recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/int8Rows/outliers' }), {
        params: { count: count * outlierCount, columns, outlierCount },
        bindings: {
          weights: scope.upload(chunk, 'weights'),
          outliers: scope.upload(numbers, 'outlier columns'),
          halves,
        },
        workgroups: threadGroups(Math.ceil((count * outlierCount) / 2)),
        cost: 20 * count * outlierCount,
      });
      await run();
      bytes.set(await read(halves, 2 * count * outlierCount), 2 * firstRow * outlierCount);
    });
  return bytes;
}
