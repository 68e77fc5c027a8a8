import type { Codec } from '../../../../contract/codec';
import { uniformGridCodec } from '../../../../kit/uniformGrid/erased';
import { forwardRows, inverseInPlace } from './blocks';
import { checkRange, coefficientOptions, transformErrorBound, transformParts } from './layout';
import meta from './meta';
import reference from './reference';

/** float32 sums of up to 1024 products on both ways, as a share of the largest weight. */
const DECODE_TOLERANCE = 1e-5;

/** What the coefficients are rounded to. */
const grid = uniformGridCodec(meta);

const codec: Codec = {
  meta,
  layout: transformParts,
  reference,
  decodeTolerance: DECODE_TOLERANCE,
  errorBound: transformErrorBound,

  async encode(tensor, options, context) {
    checkRange(tensor);
    const values = await forwardRows(tensor.values, tensor.shape, options, context);
    return grid.encode({ ...tensor, values }, coefficientOptions(options), context);
  },

  async decode(stored, target, context) {
    await grid.decode({ ...stored, options: coefficientOptions(stored.options) }, target, context);
    await inverseInPlace(target, stored.options, context);
  },
};

export default codec;
