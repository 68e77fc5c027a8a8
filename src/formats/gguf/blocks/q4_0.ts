import { defineBlockType, getHalf, reciprocal, setHalf } from '../blockType';

const SIZE = 32;
const PAIRS = SIZE / 2;
const CODES = 2;
/** The code of the value 0: codes 0 … 15 stand for −8 … 7. */
const ZERO = 8;

/**
 * A block holds 32 values: d as float16, then 16 bytes, each with value i in its low and value i + 16 in its high four
 * bits. d is the value of largest magnitude ÷ −8, so that value has code 0. Source: ggml, quantize_row_q4_0_ref, in
 * float32 without fused multiply-add.
 */
export default defineBlockType({
  id: 2,
  name: 'Q4_0',
  blockSize: SIZE,
  blockBytes: CODES + PAIRS,

  encodeBlock(values, from, bytes, to) {
    const d = Math.fround(largest(values, from) / -ZERO);
    const inverse = reciprocal(d);
    setHalf(bytes, to, d, 'Q4_0');
    for (let i = 0; i < PAIRS; i++) {
      const low = code(values[from + i], inverse);
      const high = code(values[from + PAIRS + i], inverse);
      bytes.setUint8(to + CODES + i, low | (high << 4));
    }
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    for (let i = 0; i < PAIRS; i++) {
      const pair = bytes.getUint8(from + CODES + i);
      values[to + i] = ((pair & 15) - ZERO) * d;
      values[to + PAIRS + i] = ((pair >>> 4) - ZERO) * d;
    }
  },
});

/** Returns the first value of largest magnitude, with its sign. */
function largest(values: Float32Array, from: number): number {
  let best = 0;
  for (let i = from; i < from + SIZE; i++) if (Math.abs(values[i]) > Math.abs(best)) best = values[i];
  return best;
}

function code(x: number, inverse: number): number {
  const shifted = Math.fround(Math.fround(x * inverse) + ZERO + 0.5);
  return Math.min(15, Math.trunc(shifted));
}
