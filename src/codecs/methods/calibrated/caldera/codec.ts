import type { Codec } from '../../../contract/codec';
import { decodeCaldera } from './decode';
import { encodeCaldera } from './encode';
import { calderaLayout, calderaParts } from './layout';
import meta from './meta';
import reference from './reference';
import { calderaWork } from './work';

const codec: Codec = {
  meta,
  encodeWork: calderaWork,
  layout: (shape, options) => calderaParts(calderaLayout(shape, options)),
  encode: encodeCaldera,
  decode: decodeCaldera,
  reference,
  /** Sums over the rank in float32. */
  decodeTolerance: 1e-5,
  // Error feedback moves weights on purpose, and the factors minimise a sum over the matrix: nothing bounds a single weight.
  errorBound: () => () => Infinity,
};

export default codec;
