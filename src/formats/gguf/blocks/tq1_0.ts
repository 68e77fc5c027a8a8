import { defineBlockType, getHalf, maxMagnitude, reciprocal, roundAway, setHalf } from '../blockType';

const SIZE = 256;
const SCALE = 52;

/** Runs of bytes that hold `digits` values each: digit n of byte m is value `first` + n·`bytes` + m of the block. */
const RUNS = [
  { at: 0, bytes: 32, digits: 5, first: 0 },
  { at: 32, bytes: 16, digits: 5, first: 160 },
  { at: 48, bytes: 4, digits: 4, first: 240 },
] as const;

const DIGITS = 5;
/** Every byte holds a fraction of 3⁵ = 243 parts, five digits, highest first; where there are four the last is 0. */
const PARTS = 3 ** DIGITS;

/**
 * 256 values as digits in base 3 of round(x ÷ d) + 1, d = max|x| as float16 behind them. A byte is ⌈code · 256 ÷ 243⌉, so that its
 * digits come out by multiplication alone. ggml: quantize_row_tq1_0_ref, dequantize_row_tq1_0.
 */
export default defineBlockType({
  id: 34,
  name: 'TQ1_0',
  blockSize: SIZE,
  blockBytes: SCALE + 2,

  encodeBlock(values, from, bytes, to) {
    const d = maxMagnitude(values, from, SIZE);
    const inverse = reciprocal(d);
    setHalf(bytes, to + SCALE, d, 'TQ1_0');
    for (const { at, bytes: count, digits, first } of RUNS)
      for (let m = 0; m < count; m++) {
        let code = 0;
        for (let n = 0; n < digits; n++)
          code = code * 3 + roundAway(Math.fround(values[from + first + n * count + m] * inverse)) + 1;
        code *= 3 ** (DIGITS - digits);
        bytes.setUint8(to + at + m, Math.ceil((code * 256) / PARTS));
      }
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from + SCALE);
    for (const { at, bytes: count, digits, first } of RUNS)
      for (let m = 0; m < count; m++) {
        let rest = bytes.getUint8(from + at + m);
        for (let n = 0; n < digits; n++) {
          values[to + first + n * count + m] = (((rest * 3) >>> 8) - 1) * d;
          rest = (rest * 3) & 255;
        }
      }
  },
});
