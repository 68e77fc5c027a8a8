import { int8Linear } from '../../../../runtime/linear/int8/int8Linear';
import { defineCodec } from '../../../contract/defineCodec';
import { decodeInt8Rows, packableRows } from '../../../kit/int8Rows/int8Rows';
import { encodeSmooth, encodeSmoothGroup } from './encode';
import { openSmoothQuant, smoothQuantLayout, smoothQuantParts } from './layout';
import meta from './meta';
import { smoothQuantReference } from './reference';

/**
 * Bounds |decoded − w| for s = 1 by half a step of 1/127 of the row's largest magnitude and the scale's rounding to float16. A
 * subnormal scale has an error of up to 2⁻²⁵, which codes multiply by up to 127. Smoothing divides the error of a column by s.
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
  packable: ({ name, layout, parts }) =>
    parts.inputScale
      ? 'the scale of its inputs is stored beside it and not folded into a norm, and other formats have no place for it'
      : packableRows(layout, () => openSmoothQuant(name, parts)),
  reference: smoothQuantReference,
  errorBound: () => rowBound,
});
