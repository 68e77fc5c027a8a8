import type { Codec } from '../../../contract/codec';
import { decodeGrid } from './decode';
import { encodeGrid, encodeGridGroup } from './encode';
import { gridErrorBound, gridLayout, gridParts } from './layout';
import meta from './meta';
import reference from './reference';
import { gridWork } from './work';

const codec: Codec = {
  meta,
  /** Float32 sums choose the path through the trellis. */
  equalCodes: ({ trellis }) => trellis !== true,
  encodeWork: gridWork,
  layout: (shape, options) => gridParts(gridLayout(shape, options)),
  encode: encodeGrid,
  encodeGroup: encodeGridGroup,
  decode: decodeGrid,
  reference,
  /** Without calibration. Error feedback moves weights on purpose, and without a bound. */
  errorBound: gridErrorBound,
};

export default codec;
