import { groupsFor, type RecordContext } from '../../runtime/ops/context';
import type { ActivationView } from '../../runtime/linear/linear';

/** Columns of one workgroup of the entry with several threads to a column (shaders/train/columnSums.wgsl). */
const SHARED_COLUMNS = 8;

/** A software adapter's threads run one after another; a hardware adapter wants several on a column. */
export type ColumnsVariant = 'columnPerThread' | 'columnPerGroup';

function columnsVariant({ gpu }: RecordContext): ColumnsVariant {
  return gpu.info.software ? 'columnPerThread' : 'columnPerGroup';
}

/** Workgroups for `columns` columns. */
export function columnGroups(columns: number, variant: ColumnsVariant): number {
  return variant === 'columnPerThread' ? groupsFor(columns) : Math.ceil(columns / SHARED_COLUMNS);
}

/** sums[column] += Σ over rows of values[row, column], always in the same order: the gradient of a bias. */
export async function recordColumnSums(
  context: RecordContext,
  values: ActivationView,
  sums: GPUBuffer,
  rows: number,
  variant = columnsVariant(context),
): Promise<void> {
  const { gpu, recorder } = context;
  const kernel = await gpu.kernels.get({ module: 'train/columnSums', entry: variant });
  const { width, stride, column } = values;
  recorder.dispatch(kernel, {
    params: { rows, width, stride, column },
    bindings: { values: values.buffer, sums },
    workgroups: columnGroups(width, variant),
    cost: 2 * rows * width,
  });
}
