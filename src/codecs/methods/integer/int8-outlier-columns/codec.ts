import { defineCodec } from '../../../contract/defineCodec';
import { decodeOutlierColumns } from './decode';
import { encodeOutlierColumns } from './encode';
import { outlierLayout, outlierParts } from './layout';
import meta from './meta';
import { outlierReference } from './reference';

/**
 * Bounds |decoded − w| by half a step of 1/127 of the row's largest magnitude and the scale's rounding to float16. A subnormal
 * scale has an error of up to 2⁻²⁵, which codes multiply by up to 127. Outliers have smaller errors, 2⁻¹¹ of their magnitude.
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
