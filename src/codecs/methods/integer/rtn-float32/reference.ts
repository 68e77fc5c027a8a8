import type { CodecReference } from '../../../contract/codec';
import { emptyParts, readParts, restoreRows, roundRows, storedParts } from './grid';
import { gridLayout } from './layout';

const reference: CodecReference = {
  encode(values, shape, options) {
    const layout = gridLayout(shape, options);
    const parts = emptyParts(layout);
    roundRows('The matrix', values, layout, { first: 0, end: layout.rows }, parts);
    return storedParts(parts);
  },

  decode(parts, shape, options) {
    const layout = gridLayout(shape, options);
    const values = new Float32Array(layout.rows * layout.columns);
    restoreRows(readParts(parts), layout, { first: 0, end: layout.rows }, values);
    return values;
  },
};

export default reference;
