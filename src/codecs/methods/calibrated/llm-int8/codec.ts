import { defineCodec } from '../../../contract/defineCodec';
import { int8Linear } from '../../../../runtime/linear/int8/int8Linear';
import { decodeInt8Rows, packableRows } from '../../../kit/int8Rows/int8Rows';
import { encodeLlmInt8 } from './encode';
import { llmInt8Layout, llmInt8Parts, openLlmInt8 } from './layout';
import meta from './meta';
import { llmInt8Reference } from './reference';

/**
 * Bounds |decoded − w| by half a 127th of the row's largest magnitude and three float32 roundings; rows below 2⁻¹⁰⁰ become zero.
 * Outliers have smaller errors: 2⁻¹¹ of their magnitude, or half the spacing of subnormal halves.
 */
const errorBound = (largest: number) => (largest / 254) * (1 + 2 ** -14) + 2 ** -25;

export default defineCodec(meta, {
  layout: llmInt8Layout,
  parts: llmInt8Parts,
  encode: encodeLlmInt8,
  decode: (stored, target, context) => decodeInt8Rows(openLlmInt8(stored), target, context),

  linear(stored, { gpu }) {
    const { rows, columns, activations } = stored.layout;
    return int8Linear(gpu, { name: stored.name, rows, columns, activations, ...openLlmInt8(stored) });
  },

  quantisesActivations: ({ activations }) => activations === 'int8',
  packable: (stored) =>
    stored.parts.columns
      ? 'it keeps outlier columns apart, which other formats do not store'
      : packableRows(stored.layout, () => openLlmInt8(stored)),
  reference: llmInt8Reference,
  errorBound: () => errorBound,
});
