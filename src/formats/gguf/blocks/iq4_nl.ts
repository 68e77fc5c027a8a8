import { defineBlockType, getHalf, setHalf } from '../blockType';
import { LEVELS, levelScale, levelIndex } from '../levels';
import { sumOfSquares, weighByImportance } from '../scaleSearch';
import { getNibble, setNibbles, SMALL_BLOCK, smallLayout } from '../smallBlock';

const f = Math.fround;
const CODES = 2;

/**
 * A block holds 32 values: d as float16, then the indices of 16 unequal levels as in Q4_0. Source: ggml,
 * quantize_row_iq4_nl_impl.
 */
export default defineBlockType({
  ...smallLayout(20, 'IQ4_NL', CODES),

  encodeBlock(values, from, bytes, to) {
    const x = values.subarray(from, from + SMALL_BLOCK);
    encode(
      x,
      x.map((value) => f(value * value)),
      bytes,
      to,
    );
  },

  encodeWeighted(values, from, bytes, to, importance) {
    const x = values.subarray(from, from + SMALL_BLOCK);
    const weights = new Float32Array(SMALL_BLOCK);
    weighByImportance(x, importance, f(sumOfSquares(x) * f(2 / SMALL_BLOCK)), weights);
    encode(x, weights, bytes, to);
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    for (let i = 0; i < SMALL_BLOCK; i++) values[to + i] = f(d * LEVELS[getNibble(bytes, from + CODES, i)]);
  },
});

function encode(x: Float32Array, weights: Float32Array, bytes: DataView, to: number): void {
  const d = levelScale(x, weights);
  setHalf(bytes, to, d, 'IQ4_NL');
  const inverse = d === 0 ? 0 : f(1 / d);
  setNibbles(
    Uint8Array.from(x, (value) => levelIndex(f(inverse * value))),
    bytes,
    to + CODES,
  );
}
