import type { DeltaEncoder } from '../encoder';
import { packPlanes, unpackPlanes } from '../packing';
import { wordBytes } from '../pair';

const xored = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ b[i]);

/** Stores base XOR tuned in byte planes, as in ZipNN (https://arxiv.org/abs/2411.05239). */
const xor: DeltaEncoder = {
  id: 'xor',
  label: 'base XOR tuned, in byte planes',
  isExact: true,
  encode: ({ dtype, base, tuned }) => ({ parts: packPlanes(xored(base, tuned), wordBytes(dtype)) }),
  decode({ parts, dtype, base }) {
    const width = wordBytes(dtype);
    return xored(base, unpackPlanes(parts, base.length / width, width));
  },
};
export default xor;
