import type { GpuJob } from '../../../kit/gpuJob';
import type { GroupBuffers } from '../../../kit/uniformGrid/encode';
import type { AwqLayout } from './layout';

/** Operations per weight, as the command stream counts work. */
const SCALE_COST = 2;
const ERROR_COST = 16;

/** Records out = w·diag(s) for `count` weights, whole rows of `columns`. */
export async function recordScaleColumns(
  { dispatch }: GpuJob,
  count: number,
  columns: number,
  bindings: Record<'w' | 's' | 'out', GPUBuffer>,
): Promise<void> {
  await dispatch('codecs/awq/scaleColumns', {
    params: { count, columns },
    bindings: { ...bindings },
    threads: count,
    cost: SCALE_COST * count,
  });
}

/** Records e = (w·s − q·scale) ÷ s of `rows` rows; with `transposed` it is stored by column, that many rows each. */
export async function recordRoundingErrors(
  { dispatch }: GpuJob,
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
  await dispatch('codecs/awq/errors', {
    params: { ...sizes, asymmetric: Number(asymmetric), ...strides },
    bindings: { ...bindings },
    threads: rows * columns,
    cost: ERROR_COST * rows * columns,
  });
}
