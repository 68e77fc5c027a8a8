import { int8Linear } from '../../../../runtime/linear/int8/int8Linear';
import type { Codec } from '../../../contract/codec';
import { checkParts } from '../../../contract/coding';
import { encodeLlmInt8 } from './encode';
import { decodeInt8Rows } from '../../../kit/int8Rows/int8Rows';
import { openRows, partsLayout } from './layout';
import meta from './meta';
import reference from './reference';

/**
 * Half a 127th of the row's largest magnitude, widened by three float32 roundings; a row below 2⁻¹⁰⁰ becomes zero. Outliers
 * err by less, 2⁻¹¹ of themselves, or half the spacing of subnormal halves.
 */
const errorBound = (largest: number) => (largest / 254) * (1 + 2 ** -14) + 2 ** -25;

const codec: Codec = {
  meta,
  layout: (shape) => partsLayout(shape),
  encode: encodeLlmInt8,
  decode: ({ name, shape, parts }, target, context) =>
    decodeInt8Rows(openRows(name, shape, parts), target, context),

  async linear(stored, { gpu }) {
    checkParts(codec, stored);
    const [rows, columns] = stored.shape;
    const activations = stored.options.activations === 'int8' ? 'int8' : 'float';
    const opened = openRows(stored.name, stored.shape, stored.parts);
    return int8Linear(gpu, { name: stored.name, rows, columns, activations, ...opened });
  },

  quantisesActivations: ({ activations }) => activations === 'int8',
  reference,
  errorBound: () => errorBound,
};

export default codec;
