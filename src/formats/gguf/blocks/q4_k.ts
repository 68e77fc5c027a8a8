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
const CODES = 16;

const GROUPS = {
  size: GROUP,
  topScale: 63,
  plain: { top: 15, first: -1, step: 0.1, steps: 20 },
  plainWeights: magnitudeAndSpread,
  variance: 2,
};

/**
 * A block holds 256 values in groups of 32: d and dmin as float16, scales and minima of six bits in 12 bytes, then codes of
 * four bits. Source: ggml, quantize_row_q4_K_ref and _impl.
 */
export default defineBlockType({
  id: 12,
  name: 'Q4_K',
  blockSize: SUPER_BLOCK,
  blockBytes: CODES + SUPER_BLOCK / 2,

  encodeBlock: (values, from, bytes, to) => encode(values, from, bytes, to),
  encodeWeighted: encode,

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from);
    const dmin = getHalf(bytes, from + 2);
    for (let g = 0; g < SUPER_BLOCK / GROUP; g++) {
      const [scale, min] = unpackScale(bytes, from + SCALES, g);
      for (let i = g * GROUP; i < (g + 1) * GROUP; i++)
        values[to + i] = f(f(f(d * scale) * nibble(bytes, from + CODES, i)) - f(dmin * min));
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
  const { codes, scales, mins } = encodeAffineGroups(x, GROUPS, importance, bytes, to, 'Q4_K');
  packScales(scales, mins, bytes, to + SCALES);
  packNibbles(codes, bytes, to + CODES);
}
