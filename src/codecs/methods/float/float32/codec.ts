import { throwIfAborted } from '../../../../base/errors';
import type { Codec } from '../../../contract/codec';
import { damaged } from '../../../contract/parts';
import { findNonFinite32 } from '../../../kit/storedFloats';
import meta from './meta';
import reference from './reference';

/** Stores float32 unchanged: there is nothing to compute, so the bytes go straight to and from the GPU's buffers. */
const codec: Codec = {
  meta,
  layout: (shape) => [{ suffix: 'values', kind: 'float', dtype: 'F32', shape }],

  async encode(tensor, options, { signal }) {
    throwIfAborted(signal);
    return reference.encode(tensor.values, tensor.shape, options);
  },

  async decode({ name, parts }, target, { gpu, signal }) {
    const bytes = parts.get('values')!;
    const index = findNonFinite32(bytes);
    if (index >= 0) throw damaged(name, `value ${index} is not a finite number`);
    const rowBytes = 4 * target.columns;
    for (const part of target.parts) {
      throwIfAborted(signal);
      const first = part.firstRow * rowBytes;
      gpu.buffers.write(part.buffer, bytes.subarray(first, first + part.rows * rowBytes));
    }
  },

  reference,
  errorBound: () => () => 0,
};

export default codec;
