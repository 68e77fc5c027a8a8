import { defineBlockType, getHalf, reciprocal, setHalf } from '../blockType';
import { largest, symmetricScale, weighByImportance } from '../scaleSearch';
import { getFifthBit, getNibble, setFifthBits, setNibbles, SMALL_BLOCK, smallLayout } from '../smallBlock';

const f = Math.fround;
/** The code of the value 0: codes 0 … 31 stand for −16 … 15. */
const ZERO = 16;
const HIGH = 2;
const LOW = 6;

/**
 * A block holds 32 values: d as float16, the fifth bits of the codes as one word, then their low four bits as in Q4_0. d is
 * the value of largest magnitude ÷ −16. Source: ggml, quantize_row_q5_0_ref.
 */
export default defineBlockType({
  ...smallLayout(6, 'Q5_0', LOW),

  encodeBlock(values, from, bytes, to) {
    const x = values.subarray(from, from + SMALL_BLOCK);
    const d = f(largest(x) / -ZERO);
    const inverse = reciprocal(d);
    const codes = Uint8Array.from(x, (value) =>
      Math.min(31, Math.trunc(f(f(value * inverse) + (ZERO + 0.5)))),
    );
    write(bytes, to, d, codes);
  },

  encodeWeighted(values, from, bytes, to, importance, rowMeanSquare) {
    const x = values.subarray(from, from + SMALL_BLOCK);
    const weights = new Float32Array(SMALL_BLOCK);
    weighByImportance(x, importance, rowMeanSquare, weights);
    const codes = new Int8Array(SMALL_BLOCK);
    const d = symmetricScale(x, weights, ZERO, codes);
    write(
      bytes,
      to,
      d,
      codes.map((code) => code + ZERO),
    );
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    for (let i = 0; i < SMALL_BLOCK; i++) {
      const code = getNibble(bytes, from + LOW, i) | getFifthBit(bytes, from + HIGH, i);
      values[to + i] = (code - ZERO) * d;
    }
  },
});

function write(bytes: DataView, to: number, d: number, codes: ArrayLike<number>): void {
  setHalf(bytes, to, d, 'Q5_0');
  setFifthBits(codes, bytes, to + HIGH);
  setNibbles(codes, bytes, to + LOW);
}
