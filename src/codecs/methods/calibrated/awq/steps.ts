import type { CodecContext } from '../../../contract/codec';
import type { GpuJob } from '../../../kit/gpuJob';
import type { GroupBuffers } from '../../../kit/uniformGrid/encode';
import { threadGroups } from '../../../kit/spans';
import type { AwqLayout } from './layout';

/** Operations per weight, as the command stream counts work. */
const SCALE_COST = 2;
const ERROR_COST = 16;

/** out = w·diag(s) for `count` weights, whole rows of `columns`. */
export async function recordScaleColumns(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  count: number,
  columns: number,
  bindings: Record<'w' | 's' | 'out', GPUBuffer>,
): Promise<void> {
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/awq/scaleColumns' }), {
    params: { count, columns },
    bindings: { ...bindings },
    workgroups: threadGroups(count),
    cost: SCALE_COST * count,
  });
}

/** e = (w·s − q·scale) ÷ s over `rows` rows; `transposed`: by column, this many rows each. */
export async function recordErrors(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  { columns, groupsPerRow, group, levels, asymmetric }: AwqLayout,
  rows: number,
  bindings: GroupBuffers & Record<'s' | 'e', GPUBuffer>,
  transposed?: number,
): Promise<void> {
  const strides =
    transposed === undefined
      ? { rowStride: columns, columnStride: 1 }
      : { rowStride: 1, columnStride: transposed };
  const sizes = { count: rows * columns, columns, groupsPerRow, group, levels };
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/awq/errors' }), {
    params: { ...sizes, asymmetric: Number(asymmetric), ...strides },
    bindings: { ...bindings },
    workgroups: threadGroups(rows * columns),
    cost: ERROR_COST * rows * columns,
  });
}
