import { throwIfAborted } from '../../../../base/errors';
import { splitRows, type RowRange } from '../../../../runtime/linear/matrix';
import { defineCodec } from '../../../contract/defineCodec';
import { damaged } from '../../../contract/parts';
import { emptyGrid, fitsFloat32, readGrid, restoreRows, roundRows, storeGrid } from './grid';
import { float32GridErrorBound, float32GridLayout, float32GridParts } from './layout';
import meta from './meta';
import { float32GridReference } from './reference';

/** Bytes of weights between two checks of the signal. */
const CHUNK_BYTES = 2 ** 22;

/**
 * Rounds on the host: the grid is defined by correctly rounded float32 quotients, which WGSL does not guarantee, and with a scale of
 * 24 bits float32 products are not exact, so that kernels could not correct the quotients as other codecs do.
 */
export default defineCodec(meta, {
  layout: float32GridLayout,
  parts: float32GridParts,

  async encode({ name, values, layout }, { signal }) {
    const grid = emptyGrid(layout);
    await forRowRanges(layout.rows, layout.columns, signal, ({ firstRow, rows }) =>
      roundRows(name, values, layout, { first: firstRow, end: firstRow + rows }, grid),
    );
    return storeGrid(grid);
  },

  async decode({ name, layout, parts }, target, { gpu, signal }) {
    const { columns, levels } = layout;
    const grid = readGrid(parts);
    const index = grid.scales.findIndex((scale) => !fitsFloat32(scale, levels));
    if (index >= 0) throw damaged(name, `scale ${index} is not finite or takes its weights beyond float32`);
    for (const part of target.parts)
      await forRowRanges(part.rows, columns, signal, ({ firstRow, rows }) => {
        const first = part.firstRow + firstRow;
        const values = new Float32Array(rows * columns);
        restoreRows(grid, layout, { first, end: first + rows }, values);
        gpu.buffers.write(part.buffer, values, 4 * firstRow * columns);
      });
  },

  reference: float32GridReference,
  errorBound: float32GridErrorBound,
});

/** Calls `work` for a few rows at a time and yields to the event loop between calls. @throws Cancelled */
async function forRowRanges(
  rows: number,
  columns: number,
  signal: AbortSignal | undefined,
  work: (range: RowRange) => void,
): Promise<void> {
  for (const range of splitRows(rows, 4 * columns, Math.max(CHUNK_BYTES, 4 * columns))) {
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(signal);
    work(range);
  }
}
