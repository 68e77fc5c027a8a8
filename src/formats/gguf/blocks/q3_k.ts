import { defineBlockType, getHalf, setHalf } from '../blockType';
import {
  limited,
  nearestInteger,
  refinedScale,
  sumOfSquares,
  symmetricScale,
  weighByImportance,
} from '../scaleSearch';
import { packPairsOfBits, pairOfBits, SUPER_BLOCK } from '../superBlock';

const f = Math.fround;
const GROUP = 16;
const COUNT = SUPER_BLOCK / GROUP;
const HIGH = 0;
const CODES = 32;
const SCALES = 96;
const D = 108;
/** Scales have six bits, codes three; both are signed. */
const SCALE_ZERO = 32;
const ZERO = 4;

/**
 * A block holds 256 values in groups of 16: the third bits of the codes, their low two bits, 16 scales of six bits in 12
 * bytes, then d as float16. Source: ggml, quantize_row_q3_K_ref and _impl.
 */
export default defineBlockType({
  id: 11,
  name: 'Q3_K',
  blockSize: SUPER_BLOCK,
  blockBytes: D + 2,

  encodeBlock(values, from, bytes, to) {
    const x = values.subarray(from, from + SUPER_BLOCK);
    const codes = new Int8Array(SUPER_BLOCK);
    const scales = new Float32Array(COUNT);
    for (let g = 0; g < COUNT; g++) scales[g] = refinedScale(group(x, g), ZERO, group(codes, g));
    const stored = new Int8Array(COUNT);
    write(x, codes, stored, maximalScale(scales, stored), bytes, to);
  },

  encodeWeighted(values, from, bytes, to, importance) {
    const x = values.subarray(from, from + SUPER_BLOCK);
    const variance = f(f(2 * sumOfSquares(x)) / SUPER_BLOCK);
    const codes = new Int8Array(SUPER_BLOCK);
    const scales = new Float32Array(COUNT);
    const sums = new Float32Array(COUNT);
    const weights = new Float32Array(GROUP);
    for (let g = 0; g < COUNT; g++) {
      weighByImportance(group(x, g), group(importance, g), variance, weights);
      for (const weight of weights) sums[g] = f(sums[g] + weight);
      scales[g] = symmetricScale(group(x, g), weights, ZERO, group(codes, g));
    }
    const stored = new Int8Array(COUNT);
    write(x, codes, stored, symmetricScale(scales, sums, SCALE_ZERO, stored), bytes, to);
  },

  decodeBlock(bytes, from, values, to) {
    const d = getHalf(bytes, from + D);
    for (let i = 0; i < SUPER_BLOCK; i++) {
      const scale = f(d * storedScale(bytes, from + SCALES, Math.floor(i / GROUP)));
      const high = (bytes.getUint8(from + HIGH + (i & 31)) >>> (i >>> 5)) & 1;
      values[to + i] = f(scale * (pairOfBits(bytes, from + CODES, i) - (high ? 0 : ZERO)));
    }
  },
});

/** Returns the values of group `g`, as a view. */
function group<T extends Float32Array | Int8Array>(values: T, g: number): T {
  return values.subarray(g * GROUP, (g + 1) * GROUP) as T;
}

/** Quantises scales so that the one of largest magnitude has code −32. @returns d */
function maximalScale(scales: Float32Array, codes: Int8Array): number {
  let max = 0;
  for (const scale of scales) if (Math.abs(scale) > Math.abs(max)) max = scale;
  if (max === 0) {
    codes.fill(-SCALE_ZERO);
    return 0;
  }
  const inverse = f(-SCALE_ZERO / max);
  scales.forEach((scale, g) => {
    codes[g] = limited(nearestInteger(f(inverse * scale)), -SCALE_ZERO, SCALE_ZERO - 1);
  });
  return f(1 / inverse);
}

/** Writes a block, rounding the values again with the scales as they are stored. */
function write(
  x: Float32Array,
  codes: Int8Array,
  scales: Int8Array,
  d: number,
  bytes: DataView,
  to: number,
): void {
  setHalf(bytes, to + D, d, 'Q3_K');
  scales.forEach((scale, g) => setScale(bytes, to + SCALES, g, scale + SCALE_ZERO));
  const stored = getHalf(bytes, to + D);
  const unsigned = new Uint8Array(SUPER_BLOCK);
  for (let i = 0; i < SUPER_BLOCK; i++) {
    const scale = f(stored * scales[Math.floor(i / GROUP)]);
    const code = scale === 0 ? codes[i] : limited(nearestInteger(f(x[i] / scale)), -ZERO, ZERO - 1);
    unsigned[i] = code + ZERO;
    const high = bytes.getUint8(to + HIGH + (i & 31)) | ((unsigned[i] >>> 2) << (i >>> 5));
    bytes.setUint8(to + HIGH + (i & 31), high);
  }
  packPairsOfBits(unsigned, bytes, to + CODES);
}

/** Writes scale `g` of 16 into 12 zeroed bytes: four bits in the first eight bytes, two in the last four. */
function setScale(bytes: DataView, to: number, g: number, scale: number): void {
  const low = to + (g & 7);
  bytes.setUint8(low, bytes.getUint8(low) | ((scale & 15) << (g < 8 ? 0 : 4)));
  const high = to + 8 + (g & 3);
  bytes.setUint8(high, bytes.getUint8(high) | ((scale >>> 4) << (2 * (g >>> 2))));
}

/** Returns scale `g`, −32 … 31. */
function storedScale(bytes: DataView, from: number, g: number): number {
  const low = (bytes.getUint8(from + (g & 7)) >>> (g < 8 ? 0 : 4)) & 15;
  const high = (bytes.getUint8(from + 8 + (g & 3)) >>> (2 * (g >>> 2))) & 3;
  return (low | (high << 4)) - SCALE_ZERO;
}
