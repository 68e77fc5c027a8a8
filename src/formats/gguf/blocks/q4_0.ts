import { defineBlockType, getHalf, reciprocal, setHalf } from '../blockType';

const SIZE = 32;
const PAIRS = SIZE / 2;
const CODES = 2;
/** Codes are 0…15 for −8…7. */
const ZERO = 8;

/**
 * 32 values: d as float16, then 16 bytes with value i in the low and value i + 16 in the high half. The value of largest magnitude becomes
 * code 0, so d = it ÷ −8 and has its opposite sign. ggml: quantize_row_q4_0_ref, in float32 without fused multiply-add, as WebAssembly runs it.
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

/** The first value of largest magnitude, with its sign. */
function largest(values: Float32Array, from: number): number {
  let best = 0;
  for (let i = from; i < from + SIZE; i++) if (Math.abs(values[i]) > Math.abs(best)) best = values[i];
  return best;
}

function code(x: number, inverse: number): number {
  const shifted = Math.fround(Math.fround(x * inverse) + ZERO + 0.5);
  return Math.min(15, Math.trunc(shifted));
}
