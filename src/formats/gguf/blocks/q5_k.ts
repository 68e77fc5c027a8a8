import { defineBlockType, getHalf } from '../blockType';
import {
  encodeAffineGroups,
  magnitudeAndSpread,
  nibble,
  packNibbles,
  packScales,
  SUPER_BLOCK,
  unpackScale,
} from '../superBlock';

const f = Math.fround;
const GROUP = 32;
const SCALES = 4;
const HIGH = 16;
const CODES = 48;

const GROUPS = {
  size: GROUP,
  topScale: 63,
  plain: { top: 31, first: -0.5, step: 0.1, steps: 15 },
  plainWeights: magnitudeAndSpread,
  variance: 2,
};

/**
 * A block holds 256 values in groups of 32: d and dmin as float16, scales and minima of six bits in 12 bytes, the fifth bits
 * of the codes (bit g of byte m is that of code m of group g), then their low four bits. Source: ggml, quantize_row_q5_K_ref
 * and _impl.
 */
export default defineBlockType({
  id: 13,
  name: 'Q5_K',
  blockSize: SUPER_BLOCK,
  blockBytes: CODES + SUPER_BLOCK / 2,

  encodeBlock: (values, from, bytes, to) => encode(values, from, bytes, to),
  encodeWeighted: encode,

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    const dmin = getHalf(bytes, from + 2);
    for (let g = 0; g < SUPER_BLOCK / GROUP; g++) {
      const [scale, min] = unpackScale(bytes, from + SCALES, g);
      for (let i = g * GROUP; i < (g + 1) * GROUP; i++) {
        const high = ((bytes.getUint8(from + HIGH + (i % GROUP)) >>> g) & 1) << 4;
        const code = nibble(bytes, from + CODES, i) | high;
        values[to + i] = f(f(f(d * scale) * code) - f(dmin * min));
      }
    }
  },
});

function encode(
  values: Float32Array,
  from: number,
  bytes: DataView,
  to: number,
  importance?: Float32Array,
): void {
  const x = values.subarray(from, from + SUPER_BLOCK);
  const { codes, scales, mins } = encodeAffineGroups(x, GROUPS, importance, bytes, to, 'Q5_K');
  packScales(scales, mins, bytes, to + SCALES);
  const high = new Uint8Array(GROUP);
  codes.forEach((code, i) => (high[i % GROUP] |= (code >>> 4) << Math.floor(i / GROUP)));
  high.forEach((byte, m) => bytes.setUint8(to + HIGH + m, byte));
  packNibbles(codes, bytes, to + CODES);
}
