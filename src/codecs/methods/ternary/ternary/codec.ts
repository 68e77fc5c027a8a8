import { defineCodec } from '../../../contract/defineCodec';
import { decodeTernary } from './decode';
import { encodeTernary } from './encode';
import { ternaryLayout, ternaryParts } from './layout';
import { storedTernaryLinear } from './linear';
import meta from './meta';
import { ternaryReference } from './reference';

/** Bounds a scale by the group's maximum, rounded to float16 (11 bits, or a multiple of 2⁻²⁴). */
const scaleBound = (largest: number) => largest * (1 + 2 ** -11) + 2 ** -25;

export default defineCodec(meta, {
  layout: ternaryLayout,
  parts: ternaryParts,
  encode: encodeTernary,
  decode: decodeTernary,
  linear: storedTernaryLinear,
  reference: ternaryReference,
  // A weight coded as zero errs by its magnitude, one coded as ±scale by at most the larger of both.
  errorBound: () => scaleBound,
});
