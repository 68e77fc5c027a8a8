import type { RecordContext } from '../../runtime/ops/context';
import type { ActivationView } from '../../runtime/linear/linear';

/** Number of threads per column in the entry `columnPerGroup` (shaders/train/columnSums.wgsl). */
const THREADS_PER_COLUMN = 8;

/** One thread per column for software adapters, whose threads run in turn; several for hardware adapters. */
export type ColumnsVariant = 'columnPerThread' | 'columnPerGroup';

function columnsVariant({ gpu }: RecordContext): ColumnsVariant {
  return gpu.info.software ? 'columnPerThread' : 'columnPerGroup';
}

/** Returns the number of threads for `columns` columns. */
export function columnThreads(columns: number, variant: ColumnsVariant): number {
  return variant === 'columnPerThread' ? columns : THREADS_PER_COLUMN * columns;
}

/** Records sums[column] += Σ over rows of values[row, column] in a fixed order: the gradient of a bias. */
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
