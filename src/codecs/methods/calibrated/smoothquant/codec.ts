import { int8Linear } from '../../../../runtime/linear/int8/int8Linear';
import type { Codec } from '../../../contract/codec';
import { checkParts } from '../../../contract/coding';
import { decodeInt8Rows } from '../../../kit/int8Rows/int8Rows';
import { encodeSmooth, encodeSmoothGroup } from './encode';
import { openRows, partsLayout } from './layout';
import meta from './meta';
import reference from './reference';

/**
 * For s = 1: half a step of 1/127 of the row's largest magnitude, widened by the scale's rounding to float16; where the scale
 * is a float16 subnormal it errs by up to 2⁻²⁵, 127 times over. Smoothing divides a column's share of it by s.
 */
const rowBound = (largest: number) => (largest / 254) * (1 + 2 ** -10) + 128 * 2 ** -25;

const codec: Codec = {
  meta,
  layout: (shape) => partsLayout(shape),
  encode: encodeSmooth,
  encodeGroup: encodeSmoothGroup,
  decode: ({ name, parts }, target, context) => decodeInt8Rows(openRows(name, parts), target, context),

  async linear(stored, { gpu }) {
    checkParts(codec, stored);
    const [rows, columns] = stored.shape;
    const activations = stored.options.activations === 'int8' ? 'int8' : 'float';
    const { codes, steps, inverse } = openRows(stored.name, stored.parts);
    const matrix = { name: stored.name, rows, columns, codes, steps, activations } as const;
    return int8Linear(gpu, { ...matrix, ...(inverse && { factors: inverse }) });
  },

  quantisesActivations: ({ activations }) => activations === 'int8',
  reference,
  errorBound: () => rowBound,
};

export default codec;
