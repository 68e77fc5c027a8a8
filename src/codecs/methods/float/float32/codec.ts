import { throwIfAborted } from '../../../../base/errors';
import { defineCodec } from '../../../contract/defineCodec';
import { damaged, part } from '../../../contract/parts';
import { findNonFinite32, float32Bytes, float32Values } from '../../../kit/storedFloats';
import meta from './meta';

/**
 * Stores float32 unchanged in `values` F32 [out, in], little-endian; decoding copies the bytes to the GPU's buffers.
 */
export default defineCodec(meta, {
  layout: (shape) => ({ shape }),
  parts: ({ shape }) => ({ values: part('float', 'F32', shape) }),

  async encode({ values }, { signal }) {
    throwIfAborted(signal);
    return { values: float32Bytes(values) };
  },

  async decode({ name, parts }, target, { gpu, signal }) {
    const index = findNonFinite32(parts.values);
    if (index >= 0) throw damaged(name, `value ${index} is not a finite number`);
    const rowBytes = 4 * target.columns;
    for (const { buffer, firstRow, rows } of target.parts) {
      throwIfAborted(signal);
      gpu.buffers.write(buffer, parts.values.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes));
    }
  },

  reference: {
    encode: (values) => ({ values: float32Bytes(values) }),
    decode: ({ values }) => float32Values(values),
  },

  errorBound: () => () => 0,
});
