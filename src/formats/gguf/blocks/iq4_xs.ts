import { defineBlockType, getHalf, setHalf } from '../blockType';
import { LEVELS, levelScale, levelIndex } from '../levels';
import { limited, nearestInteger, sumOfSquares, weighByImportance } from '../scaleSearch';
import { getNibble, NIBBLE_BYTES, setNibbles, SMALL_BLOCK } from '../smallBlock';
import { SUPER_BLOCK } from '../superBlock';

const f = Math.fround;
const COUNT = SUPER_BLOCK / SMALL_BLOCK;
const HIGH = 2;
const LOW = 4;
const CODES = 8;
const SCALE_ZERO = 32;

/**
 * A block holds 256 values in groups of 32: d as float16, the high two and the low four bits of eight scales −32 … 31, then
 * indices of the levels of IQ4_NL. Source: ggml, quantize_row_iq4_nl_impl.
 */
export default defineBlockType({
  id: 23,
  name: 'IQ4_XS',
  blockSize: SUPER_BLOCK,
  blockBytes: CODES + SUPER_BLOCK / 2,

  encodeBlock(values, from, bytes, to) {
    const x = values.subarray(from, from + SUPER_BLOCK);
    encode(
      x,
      x.map((value) => f(value * value)),
      bytes,
      to,
    );
  },

  encodeWeighted(values, from, bytes, to, importance) {
    const x = values.subarray(from, from + SUPER_BLOCK);
    const weights = new Float32Array(SUPER_BLOCK);
    weighByImportance(x, importance, f(sumOfSquares(x) * f(2 / SUPER_BLOCK)), weights);
    encode(x, weights, bytes, to);
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    for (let i = 0; i < SUPER_BLOCK; i++) {
      const g = Math.floor(i / SMALL_BLOCK);
      const code = getNibble(bytes, from + CODES + g * NIBBLE_BYTES, i % SMALL_BLOCK);
      values[to + i] = f(f(d * storedScale(bytes, from, g)) * LEVELS[code]);
    }
  },
});

function encode(x: Float32Array, weights: Float32Array, bytes: DataView, to: number): void {
  const group = (values: Float32Array, g: number) => values.subarray(g * SMALL_BLOCK, (g + 1) * SMALL_BLOCK);
  const scales = Float32Array.from({ length: COUNT }, (_, g) => levelScale(group(x, g), group(weights, g)));
  let max = 0;
  for (const scale of scales) if (Math.abs(scale) > Math.abs(max)) max = scale;
  // The codes are found with d before it is rounded to float16.
  const d = f(-max / SCALE_ZERO);
  setHalf(bytes, to, d, 'IQ4_XS');
  const inverse = d === 0 ? 0 : f(1 / d);
  scales.forEach((scale, g) => {
    const code = limited(nearestInteger(f(inverse * scale)), -SCALE_ZERO, SCALE_ZERO - 1);
    const step = f(d * code);
    const inverseStep = step === 0 ? 0 : f(1 / step);
    const codes = Uint8Array.from(group(x, g), (value) => levelIndex(f(inverseStep * value)));
    setNibbles(codes, bytes, to + CODES + g * NIBBLE_BYTES);
    setScale(bytes, to, g, code + SCALE_ZERO);
  });
}

function setScale(bytes: DataView, to: number, g: number, scale: number): void {
  const low = to + LOW + (g >>> 1);
  bytes.setUint8(low, bytes.getUint8(low) | ((scale & 15) << (4 * (g & 1))));
  bytes.setUint16(to + HIGH, bytes.getUint16(to + HIGH, true) | ((scale >>> 4) << (2 * g)), true);
}

function storedScale(bytes: DataView, from: number, g: number): number {
  const low = (bytes.getUint8(from + LOW + (g >>> 1)) >>> (4 * (g & 1))) & 15;
  const high = (bytes.getUint16(from + HIGH, true) >>> (2 * g)) & 3;
  return (low | (high << 4)) - SCALE_ZERO;
}
