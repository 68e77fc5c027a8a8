import type { Codec } from '../../../contract/codec';
import { checkParts } from '../../../contract/coding';
import { decodeTernary } from './decode';
import { encodeTernary } from './encode';
import { ternaryLayout, ternaryParts } from './layout';
import { ternaryLinear } from './linear';
import meta from './meta';
import { reference } from './reference';

/** A scale is at most the group's maximum, rounded to float16 (11 bits, or a multiple of 2⁻²⁴). */
const scaleBound = (largest: number) => largest * (1 + 2 ** -11) + 2 ** -25;

const codec: Codec = {
  meta,
  layout: (shape, options) => ternaryParts(ternaryLayout(shape, options)),
  encode: encodeTernary,
  decode: decodeTernary,
  async linear(stored, context) {
    checkParts(codec, stored);
    return ternaryLinear(stored, context);
  },
  reference,
  // A weight coded zero errs by itself, one coded ±scale by at most the larger of both.
  errorBound: () => scaleBound,
};

export default codec;
