import { defineBlockType, getHalf, maxMagnitude, reciprocal, roundAway, setHalf } from '../blockType';

const SIZE = 256;
const CODES = 64;
/** Bytes of a chunk: bits 2n, 2n+1 of its byte m hold value 32n + m of the chunk's 128. */
const CHUNK = 32;

/** 256 values as 2-bit codes round(x ÷ d) + 1, d = max|x| as float16 behind them. ggml: quantize_row_tq2_0_ref. */
export default defineBlockType({
  id: 35,
  name: 'TQ2_0',
  blockSize: SIZE,
  blockBytes: CODES + 2,

  encodeBlock(values, from, bytes, to) {
    const d = maxMagnitude(values, from, SIZE);
    const inverse = reciprocal(d);
    setHalf(bytes, to + CODES, d, 'TQ2_0');
    for (let b = 0; b < CODES; b++) {
      let byte = 0;
      for (let n = 0; n < 4; n++) {
        const q = roundAway(Math.fround(values[from + position(b, n)] * inverse)) + 1;
        byte |= q << (2 * n);
      }
      bytes.setUint8(to + b, byte);
    }
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from + CODES);
    for (let b = 0; b < CODES; b++) {
      const byte = bytes.getUint8(from + b);
      for (let n = 0; n < 4; n++) values[to + position(b, n)] = (((byte >>> (2 * n)) & 3) - 1) * d;
    }
  },
});

/** Which value of the block bits 2n, 2n+1 of byte `b` hold. */
function position(b: number, n: number): number {
  const m = b % CHUNK;
  return (b - m) * 4 + CHUNK * n + m;
}
