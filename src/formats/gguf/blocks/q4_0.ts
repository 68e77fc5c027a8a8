import { defineBlockType, getHalf, reciprocal, setHalf } from '../blockType';
import { largest, symmetricScale, weighByImportance } from '../scaleSearch';
import { getNibble, setNibbles, SMALL_BLOCK, smallLayout } from '../smallBlock';

const CODES = 2;
/** The code of the value 0: codes 0 … 15 stand for −8 … 7. */
const ZERO = 8;

/**
 * A block holds 32 values: d as float16, then 16 bytes, each with value i in its low and value i + 16 in its high four
 * bits. d is the value of largest magnitude ÷ −8, so that value has code 0. Source: ggml, quantize_row_q4_0_ref and _impl,
 * in float32 without fused multiply-add.
 */
export default defineBlockType({
  ...smallLayout(2, 'Q4_0', CODES),

  encodeBlock(values, from, bytes, to) {
    const x = values.subarray(from, from + SMALL_BLOCK);
    const d = Math.fround(largest(x) / -ZERO);
    const inverse = reciprocal(d);
    setHalf(bytes, to, d, 'Q4_0');
    setNibbles(
      Uint8Array.from(x, (value) => code(value, inverse)),
      bytes,
      to + CODES,
    );
  },

  encodeWeighted(values, from, bytes, to, importance, rowMeanSquare) {
    const x = values.subarray(from, from + SMALL_BLOCK);
    const weights = new Float32Array(SMALL_BLOCK);
    weighByImportance(x, importance, rowMeanSquare, weights);
    const codes = new Int8Array(SMALL_BLOCK);
    setHalf(bytes, to, symmetricScale(x, weights, ZERO, codes), 'Q4_0');
    setNibbles(
      codes.map((signed) => signed + ZERO),
      bytes,
      to + CODES,
    );
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    for (let i = 0; i < SMALL_BLOCK; i++) values[to + i] = (getNibble(bytes, from + CODES, i) - ZERO) * d;
  },
});

function code(x: number, inverse: number): number {
  const shifted = Math.fround(Math.fround(x * inverse) + ZERO + 0.5);
  return Math.min(15, Math.trunc(shifted));
}
