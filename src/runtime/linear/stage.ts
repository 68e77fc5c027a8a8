import { dispatchRanges } from '../../gpu/dispatchCost';
import type { RowsCall } from './linear';

/** Estimated operations per quad. */
const STAGE_COST = 16;

/**
 * Records a copy of rows for kernels that read four columns at a time (shaders/linear/stage.wgsl).
 * @returns a scratch buffer [rows, quadsPerRow] of quads of float32, or with `half` of float16, zero after the last column
 */
export async function recordPaddedRows(
  { gpu, recorder, x, rows }: RowsCall,
  layout: { columns: number; quadsPerRow: number; factors?: GPUBuffer; half?: boolean },
): Promise<GPUBuffer> {
  const { columns, quadsPerRow, factors, half = false } = layout;
  const label = half ? 'float16 activations' : 'padded activations';
  const out = recorder.scratch((half ? 8 : 16) * rows * quadsPerRow, label);
  const conditions = { factors: factors !== undefined, half };
  const kernel = { module: 'linear/stage', conditions };
  for (const { first, last, cost } of dispatchRanges(gpu, rows * quadsPerRow, STAGE_COST))
    await recorder.dispatch(kernel, {
      params: {
        firstQuad: first,
        lastQuad: last,
        columns,
        quadsPerRow,
        xStride: x.stride,
        xColumn: x.column,
      },
      bindings: { x: x.buffer, out, ...(factors && { factors }) },
      threads: last - first,
      cost,
    });
  return out;
}
