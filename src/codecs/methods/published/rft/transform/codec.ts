import { defineCodec } from '../../../../contract/defineCodec';
import { decodeUniformGrid } from '../../../../kit/uniformGrid/decode';
import { encodeUniformGrid } from '../../../../kit/uniformGrid/encode';
import { forwardRows, inverseInPlace } from './blocks';
import { checkRange, transformErrorBound, transformLayout, transformParts } from './layout';
import meta from './meta';
import { transformReference } from './reference';

/** The float32 rounding of sums of up to 1024 products in both directions, as a share of the largest weight. */
const DECODE_TOLERANCE = 1e-5;

export default defineCodec(meta, {
  layout: transformLayout,
  parts: transformParts,
  reference: transformReference,
  // Coefficients are float32 sums.
  equalCodes: () => false,
  decodeTolerance: DECODE_TOLERANCE,
  errorBound: transformErrorBound,

  async encode({ name, shape, values, layout }, context) {
    checkRange({ name, values });
    const coefficients = await forwardRows(values, layout, context);
    return encodeUniformGrid({ name, shape, values: coefficients, layout: layout.grid }, context);
  },

  async decode({ name, shape, layout, parts }, target, context) {
    await decodeUniformGrid({ name, shape, layout: layout.grid, parts }, target, context);
    await inverseInPlace(target, layout, context);
  },
});
