import type { DeltaEncoder } from '../encoder';
import { packPlanes, unpackPlanes } from '../packing';
import { wordBytes } from '../pair';

/**
 * Stores the wrapping difference of the words as integers, which is small where floats of one sign are close. Signs are moved to the
 * lowest bit (0, −1, 1, −2, 2 … become 0, 1, 2, 3, 4 …), so that the higher planes of small differences are zero.
 */
const difference: DeltaEncoder = {
  id: 'difference',
  label: 'wrapping difference of the words, in byte planes',
  isExact: true,
  encode({ dtype, base, tuned }) {
    const width = wordBytes(dtype);
    if (width !== 2 && width !== 4) return undefined;
    const [before, after] = [wordsOf(base, width), wordsOf(tuned, width)];
    const shift = 8 * width - 1;
    const signShift = 31 - shift;
    const words = after.map((word, i) => {
      // The difference as a signed 32-bit integer, then zigzag.
      const signed = ((word - before[i]) << signShift) >> signShift;
      return (signed << 1) ^ (signed >> 31);
    });
    return { parts: packPlanes(bytesOf(words), width) };
  },
  decode({ parts, dtype, base }) {
    const width = wordBytes(dtype);
    const before = wordsOf(base, width);
    const words = wordsOf(unpackPlanes(parts, before.length, width), width);
    return bytesOf(words.map((word, i) => before[i] + ((word >>> 1) ^ -(word & 1))));
  },
};
export default difference;

function wordsOf(bytes: Uint8Array, width: number): Uint16Array | Uint32Array {
  const { buffer } = bytes.slice();
  return width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
