import { defineCodec } from '../../../contract/defineCodec';
import { decodeOutlierColumns } from './decode';
import { encodeOutlierColumns } from './encode';
import { outlierLayout, outlierParts } from './layout';
import meta from './meta';
import { outlierReference } from './reference';

/**
 * Half a step of 1/127 of the row's largest magnitude, widened by the scale's rounding to float16; where the scale is a
 * float16 subnormal it errs by up to 2⁻²⁵, 127 times over. Outliers err by less: 2⁻¹¹ of themselves.
 */
const rowBound = (largest: number) => (largest / 254) * (1 + 2 ** -10) + 128 * 2 ** -25;

export default defineCodec(meta, {
  layout: outlierLayout,
  parts: outlierParts,
  encode: encodeOutlierColumns,
  decode: decodeOutlierColumns,
  reference: outlierReference,
  errorBound: () => rowBound,
});
