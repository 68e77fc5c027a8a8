import { defineBlockType, getHalf } from '../blockType';
import { encodeAffineGroups, packPairsOfBits, pairOfBits, SUPER_BLOCK } from '../superBlock';

const f = Math.fround;
const GROUP = 16;
const SCALES = 0;
const CODES = 16;
const D = 80;

const GROUPS = {
  size: GROUP,
  topScale: 15,
  plain: { top: 3, first: -0.5, step: 0.1, steps: 15, absolute: true },
  plainWeights: (x: Float32Array, weights: Float32Array) =>
    x.forEach((value, i) => (weights[i] = Math.abs(value))),
  variance: 1,
};

/**
 * A block holds 256 values in groups of 16: a byte per group with its scale in the low and its minimum in the high four
 * bits, codes of two bits, then d and dmin as float16. Source: ggml, quantize_row_q2_K_ref and _impl.
 */
export default defineBlockType({
  id: 10,
  name: 'Q2_K',
  blockSize: SUPER_BLOCK,
  blockBytes: D + 4,

  encodeBlock: (values, from, bytes, to) => encode(values, from, bytes, to),
  encodeWeighted: encode,

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from + D);
    const dmin = getHalf(bytes, from + D + 2);
    for (let i = 0; i < SUPER_BLOCK; i++) {
      const scales = bytes.getUint8(from + SCALES + Math.floor(i / GROUP));
      const scaled = f(f(d * (scales & 15)) * pairOfBits(bytes, from + CODES, i));
      values[to + i] = f(scaled - f(dmin * (scales >>> 4)));
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
  const { codes, scales, mins } = encodeAffineGroups(x, GROUPS, importance, bytes, to + D, 'Q2_K');
  scales.forEach((scale, g) => bytes.setUint8(to + SCALES + g, scale | (mins[g] << 4)));
  packPairsOfBits(codes, bytes, to + CODES);
}
