import { roundHalfAway } from '../../../base/rounding';
import { defineBlockType, getHalf, maxMagnitude, reciprocal, setHalf } from '../blockType';

const SIZE = 32;
const CODES = 2;

/**
 * A block holds 32 values: d = max|x| ÷ 127 as float16, then round(x ÷ d) as a signed byte each. Source: ggml,
 * quantize_row_q8_0_ref.
 */
export default defineBlockType({
  id: 8,
  name: 'Q8_0',
  blockSize: SIZE,
  blockBytes: CODES + SIZE,

  encodeBlock(values, from, bytes, to) {
    const d = Math.fround(maxMagnitude(values, from, SIZE) / 127);
    const inverse = reciprocal(d);
    setHalf(bytes, to, d, 'Q8_0');
    for (let i = 0; i < SIZE; i++)
      bytes.setInt8(to + CODES + i, roundHalfAway(Math.fround(values[from + i] * inverse)));
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    for (let i = 0; i < SIZE; i++) values[to + i] = bytes.getInt8(from + CODES + i) * d;
  },
});
