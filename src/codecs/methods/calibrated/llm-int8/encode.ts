import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { gpuJob } from '../../../kit/gpuJob';
import { encodeInt8Rows } from '../../../kit/int8Rows/int8Rows';
import { requireHalfOutliers } from '../../../kit/int8Rows/outliers';
import { rowRanges } from '../../../kit/spans';
import { outlierColumns, type LlmInt8Layout, type LlmInt8Parts } from './layout';

/**
 * Encodes on the GPU, a range of rows at a time.
 * @throws LabError bad-input when a weight of an outlier column exceeds float16; limit when a row exceeds a binding; Cancelled
 */
export async function encodeLlmInt8(
  source: Source<LlmInt8Layout>,
  context: CodecContext,
): Promise<LlmInt8Parts> {
  const { name, layout } = source;
  const numbers = outlierColumns(layout, context.inputs);
  const factors = numbers.length > 0 ? new Float32Array(layout.columns).fill(1) : undefined;
  for (const column of numbers) factors![column] = 0;
  const { codes, scales } = await encodeInt8Rows(source, { factors, half: false }, context);
  const parts = { codes, scales: new Uint8Array(scales.buffer) };
  if (numbers.length === 0) return parts;
  const outliers = await encodeOutliers(source, numbers, context);
  requireHalfOutliers(name, outliers, numbers);
  return { ...parts, columns: new Uint8Array(numbers.slice().buffer), outliers };
}

/** Encodes the outlier columns as float16 [rows, k]. */
async function encodeOutliers(
  { values, layout: { rows, columns } }: Source<LlmInt8Layout>,
  numbers: Uint32Array,
  context: CodecContext,
): Promise<Uint8Array> {
  const outlierCount = numbers.length;
  const bytes = new Uint8Array(2 * rows * outlierCount);
  for (const range of rowRanges({ rows, columns }, context.gpu.maxBindingBytes))
    await gpuJob(context, async ({ scope, dispatch, run, read }) => {
      const { firstRow } = range;
      const count = range.rows * outlierCount;
      const weights = values.subarray(firstRow * columns, (firstRow + range.rows) * columns);
      const halves = scope.allocate(2 * count, 'outliers');
      await dispatch('codecs/kit/int8Rows/outliers', {
        params: { count, columns, outlierCount },
        bindings: {
          weights: scope.upload(weights, 'weights'),
          outliers: scope.upload(numbers, 'outlier columns'),
          halves,
        },
        threads: Math.ceil(count / 2),
        cost: 20 * count,
      });
      await run();
      bytes.set(await read(halves, 2 * count), 2 * firstRow * outlierCount);
    });
  return bytes;
}
