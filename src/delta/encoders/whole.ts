import type { DeltaEncoder } from '../encoder';
import { packPlanes, unpackPlanes } from '../packing';
import { wordBytes } from '../pair';

/** Stores the tensor itself in byte planes, for tensors that have little in common with the base's. */
const whole: DeltaEncoder = {
  id: 'whole',
  label: 'the tensor itself, in byte planes',
  isExact: true,
  encode: ({ dtype, tuned }) => ({ parts: packPlanes(tuned, wordBytes(dtype)) }),
  decode({ parts, dtype, base }) {
    const width = wordBytes(dtype);
    return unpackPlanes(parts, base.length / width, width);
  },
};
export default whole;
