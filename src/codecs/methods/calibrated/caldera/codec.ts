import { defineCodec } from '../../../contract/defineCodec';
import { decodeCaldera } from './decode';
import { encodeCaldera } from './encode';
import { calderaLayout, calderaParts } from './layout';
import meta from './meta';
import { calderaReference } from './reference';
import { calderaWork } from './work';

export default defineCodec(meta, {
  layout: calderaLayout,
  parts: calderaParts,
  encode: encodeCaldera,
  encodeWork: calderaWork,
  decode: decodeCaldera,
  reference: calderaReference,
  // Float32 products and a randomised search choose the factors.
  equalCodes: () => false,
  // Sums over the rank are in float32.
  decodeTolerance: 1e-5,
  // Error feedback and the factors minimise sums over the matrix, so the error of a single weight has no bound.
  errorBound: () => () => Infinity,
});
