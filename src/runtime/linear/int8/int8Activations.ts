import { dispatchRanges } from '../../../gpu/dispatchCost';
import { rowSize } from '../../ops/context';
import type { RowsCall } from '../linear';

export interface QuantiseTargets {
  columns: number;
  /** Factors [columns] by which x is multiplied first; 0 excludes a column. */
  factors?: GPUBuffer;
  /** Words of four codes, [rows, ⌈columns/4⌉]. */
  codes: GPUBuffer;
  /** A word per row: the largest magnitude as float32, or with `half` the bits of the float16 scale. */
  scales: GPUBuffer;
  half?: boolean;
}

/** Estimated operations per element. */
const QUANTISE_COST = 30;

/**
 * Records the rounding of rows to int8 by their largest magnitude (shaders/linear/int8/quantise.wgsl). On every adapter the
 * codes equal those of `int8Row`.
 */
export async function recordQuantise(
  { gpu, recorder, x, rows }: RowsCall,
  { columns, factors, codes, scales, half = false }: QuantiseTargets,
): Promise<void> {
  const entry = gpu.info.software ? 'rowPerThread' : 'rowPerWorkgroup';
  const conditions = { factors: factors !== undefined, half };
  const kernel = { module: 'linear/int8/quantise', entry, conditions };
  const wordsPerRow = Math.ceil(columns / 4);
  for (const { first, last, cost } of dispatchRanges(gpu, rows, QUANTISE_COST * columns, 1))
    await recorder.dispatch(kernel, {
      params: {
        firstRow: first,
        lastRow: last,
        columns,
        wordsPerRow,
        xStride: x.stride,
        xColumn: x.column,
      },
      bindings: { x: x.buffer, codes, scales, ...(factors && { factors }) },
      ...rowSize(entry === 'rowPerThread', last - first),
      cost,
    });
}
