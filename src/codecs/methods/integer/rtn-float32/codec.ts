import { throwIfAborted } from '../../../../base/errors';
import { splitRows } from '../../../../runtime/linear/matrix';
import type { Codec } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';
import { damaged } from '../../../contract/parts';
import { emptyParts, fits, readParts, restoreRows, roundRows, storedParts } from './grid';
import { gridLayout, gridParts } from './layout';
import meta from './meta';
import reference from './reference';

/** Bytes of weights between two looks at the signal. */
const CHUNK_BYTES = 2 ** 22;

/**
 * Rounds on the host: the grid is defined by correctly rounded float32 quotients, which WGSL's division is not, and a scale of 24
 * bits leaves no room for the test that makes up for it elsewhere.
 */
const codec: Codec = {
  meta,
  layout: (shape, options) => gridParts(gridLayout(shape, options)),

  async encode({ name, shape, values }, options, { signal }) {
    const layout = gridLayout(shape, options);
    const parts = emptyParts(layout);
    for (const { firstRow, rows } of splitRows(layout.rows, 4 * layout.columns, chunk(layout.columns))) {
      await turn();
      throwIfAborted(signal);
      roundRows(name, values, layout, { first: firstRow, end: firstRow + rows }, parts);
    }
    return storedParts(parts);
  },

  async decode({ name, shape, options, parts }, target, { gpu, signal }) {
    const layout = gridLayout(shape, options);
    const stored = readParts(parts);
    const index = stored.scales.findIndex((scale) => !fits(scale, layout.levels));
    if (index >= 0) throw damaged(name, `scale ${index} is no number that fits its weights`);
    for (const part of target.parts)
      for (const { firstRow, rows } of splitRows(part.rows, 4 * layout.columns, chunk(layout.columns))) {
        await turn();
        throwIfAborted(signal);
        const first = part.firstRow + firstRow;
        const values = new Float32Array(rows * layout.columns);
        restoreRows(stored, layout, { first, end: first + rows }, values);
        gpu.buffers.write(part.buffer, new Uint8Array(values.buffer), 4 * firstRow * layout.columns);
      }
  },

  reference,
  errorBound,
};

function chunk(columns: number): number {
  return Math.max(CHUNK_BYTES, 4 * columns);
}

/** Lets what waits on this thread go on, Stop among it. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Half a step; float32 moves scale, quotients and products by a few units in the last place of the range. */
function errorBound(options: CodecOptions): (largest: number) => number {
  const { levels } = gridLayout([1, 1], options);
  return (largest) => (2 * largest) / levels / 2 + 2 * largest * 2 ** -21 + levels * 2 ** -149;
}

export default codec;
