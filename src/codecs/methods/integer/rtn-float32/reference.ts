import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { emptyGrid, readGrid, restoreRows, roundRows, storeGrid } from './grid';
import type { Float32GridLayout, Float32GridParts } from './layout';

export const float32GridReference: ReferenceDefinition<Float32GridLayout, Float32GridParts> = {
  encode(values, layout) {
    const grid = emptyGrid(layout);
    roundRows('The matrix', values, layout, { first: 0, end: layout.rows }, grid);
    return storeGrid(grid);
  },

  decode(parts, layout) {
    const values = new Float32Array(layout.rows * layout.columns);
    restoreRows(readGrid(parts), layout, { first: 0, end: layout.rows }, values);
    return values;
  },
};
