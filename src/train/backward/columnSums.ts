import type { RecordContext } from '../../runtime/ops/context';
import type { ActivationView } from '../../runtime/linear/linear';

/** Threads of a column in the entry with several of them (shaders/train/columnSums.wgsl). */
const THREADS_OF_COLUMN = 8;

/** A software adapter's threads run one after another; a hardware adapter wants several on a column. */
export type ColumnsVariant = 'columnPerThread' | 'columnPerGroup';

function columnsVariant({ gpu }: RecordContext): ColumnsVariant {
  return gpu.info.software ? 'columnPerThread' : 'columnPerGroup';
}

/** Threads for `columns` columns. */
export function columnThreads(columns: number, variant: ColumnsVariant): number {
  return variant === 'columnPerThread' ? columns : THREADS_OF_COLUMN * columns;
}

/** sums[column] += Σ over rows of values[row, column], always in the same order: the gradient of a bias. */
export async function recordColumnSums(
  context: RecordContext,
  values: ActivationView,
  sums: GPUBuffer,
  rows: number,
  variant = columnsVariant(context),
): Promise<void> {
  const { recorder } = context;
  const kernel = { module: 'train/columnSums', entry: variant };
  const { width, stride, column } = values;
  await recorder.dispatch(kernel, {
    params: { rows, width, stride, column },
    bindings: { values: values.buffer, sums },
    threads: columnThreads(width, variant),
    cost: 2 * rows * width,
  });
}
