import type { Codec } from '../../../contract/codec';
import { decodeOutlierColumns } from './decode';
import { encodeOutlierColumns } from './encode';
import { countsOf, partsLayout } from './layout';
import meta from './meta';
import { reference } from './reference';

/**
 * Half a step of 1/127 of the row's largest magnitude, widened by the scale's rounding to float16; where the scale is a
 * float16 subnormal it errs by up to 2⁻²⁵, 127 times over. Outliers err by less: 2⁻¹¹ of themselves.
 */
const rowBound = (largest: number) => (largest / 254) * (1 + 2 ** -10) + 128 * 2 ** -25;

const codec: Codec = {
  meta,
  layout: (shape, options) => partsLayout(countsOf(shape, options)),
  encode: encodeOutlierColumns,
  decode: decodeOutlierColumns,
  reference,
  errorBound: () => rowBound,
};

export default codec;
