import { int8Linear } from '../../../../runtime/linear/int8/int8Linear';
import { defineCodec } from '../../../contract/defineCodec';
import { decodeInt8Rows } from '../../../kit/int8Rows/int8Rows';
import { encodeSmooth, encodeSmoothGroup } from './encode';
import { openSmoothQuant, smoothQuantLayout, smoothQuantParts } from './layout';
import meta from './meta';
import { smoothQuantReference } from './reference';

/**
 * For s = 1: half a step of 1/127 of the row's largest magnitude, widened by the scale's rounding to float16; where the scale
 * is a float16 subnormal it errs by up to 2⁻²⁵, 127 times over. Smoothing divides a column's share of it by s.
 */
const rowBound = (largest: number) => (largest / 254) * (1 + 2 ** -10) + 128 * 2 ** -25;

export default defineCodec(meta, {
  layout: smoothQuantLayout,
  parts: smoothQuantParts,
  encode: encodeSmooth,
  encodeGroup: encodeSmoothGroup,
  decode: ({ name, parts }, target, context) => decodeInt8Rows(openSmoothQuant(name, parts), target, context),

  linear({ name, layout, parts }, { gpu }) {
    const { rows, columns, activations } = layout;
    const { codes, steps, inverse } = openSmoothQuant(name, parts);
    const matrix = { name, rows, columns, codes, steps, activations };
    return int8Linear(gpu, { ...matrix, ...(inverse && { factors: inverse }) });
  },

  quantisesActivations: ({ activations }) => activations === 'int8',
  reference: smoothQuantReference,
  errorBound: () => rowBound,
});
