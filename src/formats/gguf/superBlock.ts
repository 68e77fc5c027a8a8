import { setHalf, getHalf } from './blockType';
import {
  affineScale,
  limited,
  nearestInteger,
  positiveScale,
  sumOfSquares,
  weighByImportance,
  type AffineSearch,
} from './scaleSearch';

/** Values in a block of ggml's K types and of IQ4_XS. */
export const SUPER_BLOCK = 256;

const f = Math.fround;

/** How the groups of a super-block with minima (Q2_K, Q4_K, Q5_K) are quantised. */
export interface AffineGroups {
  /** Values in a group. */
  size: number;
  /** The largest code of a group's scale or minimum. */
  topScale: number;
  /** The search without an importance matrix. */
  plain: AffineSearch;
  /** Writes the weights of a group's values without an importance matrix. */
  plainWeights: (x: Float32Array, weights: Float32Array) => void;
  /** What the mean square of the block is multiplied by, next to an importance matrix. */
  variance: number;
}

/** The search with an importance matrix, for all types. */
const WEIGHTED = { first: -0.9, step: 0.05, steps: 36 };

/** A quantised super-block: x ≈ d · scale · code − dmin · min, with one scale and minimum per group. */
export interface AffineCodes {
  codes: Uint8Array;
  scales: Uint8Array;
  mins: Uint8Array;
}

/**
 * Quantises a super-block of 256 values and writes d and dmin as float16 at `to` and `to + 2`.
 * @param importance of each value, if an importance matrix is used
 */
export function encodeAffineGroups(
  values: Float32Array,
  groups: AffineGroups,
  importance: Float32Array | undefined,
  bytes: DataView,
  to: number,
  type: string,
): AffineCodes {
  const count = SUPER_BLOCK / groups.size;
  const found = searchGroups(values, groups, importance);
  const result = {
    codes: found.codes,
    scales: new Uint8Array(count),
    mins: new Uint8Array(count),
  };
  const quantise = importance ? weightedScales : maximalScales;
  setHalf(bytes, to, quantise(found.scales, found.sums, groups.topScale, result.scales), type);
  setHalf(bytes, to + 2, quantise(found.mins, found.sums, groups.topScale, result.mins), type);
  roundAffine(values, groups, getHalf(bytes, to), getHalf(bytes, to + 2), result);
  return result;
}

/** Searches scale and minimum of every group. @returns them, the codes, and the sums of the groups' weights */
function searchGroups(values: Float32Array, groups: AffineGroups, importance: Float32Array | undefined) {
  const { size, plain, plainWeights, variance } = groups;
  const count = SUPER_BLOCK / size;
  const codes = new Uint8Array(SUPER_BLOCK);
  const scales = new Float32Array(count);
  const mins = new Float32Array(count);
  const sums = new Float32Array(count);
  const weights = new Float32Array(size);
  const meanSquare = f(f(variance * sumOfSquares(values)) / SUPER_BLOCK);
  for (let g = 0; g < count; g++) {
    const x = values.subarray(g * size, (g + 1) * size);
    if (importance) weighByImportance(x, importance.subarray(g * size, (g + 1) * size), meanSquare, weights);
    else plainWeights(x, weights);
    for (const weight of weights) sums[g] = f(sums[g] + weight);
    const search = importance ? { top: plain.top, ...WEIGHTED } : plain;
    const best = affineScale(x, weights, search, codes.subarray(g * size, (g + 1) * size));
    scales[g] = best.scale;
    mins[g] = best.min;
  }
  return { codes, scales, mins, sums };
}

/** Quantises scales so that the largest has the largest code. */
function maximalScales(x: Float32Array, _: Float32Array, top: number, codes: Uint8Array): number {
  let max = 0;
  for (const value of x) if (value > max) max = value;
  const inverse = max > 0 ? f(top / max) : 0;
  for (let g = 0; g < x.length; g++) codes[g] = Math.min(top, nearestInteger(f(inverse * x[g])) & 255);
  return f(max / top);
}

/** Quantises scales with the least error weighted by the groups' sums of weights. */
function weightedScales(x: Float32Array, weights: Float32Array, top: number, codes: Uint8Array): number {
  return positiveScale(x, weights, top, codes);
}

/** Rounds the values again with the scales and minima as they are stored. */
function roundAffine(
  values: Float32Array,
  { size, plain }: AffineGroups,
  d: number,
  dmin: number,
  { codes, scales, mins }: AffineCodes,
): void {
  for (let g = 0; g < scales.length; g++) {
    const scale = f(d * scales[g]);
    if (scale === 0) continue;
    const min = f(dmin * mins[g]);
    for (let i = g * size; i < (g + 1) * size; i++)
      codes[i] = limited(nearestInteger(f(f(values[i] + min) / scale)), 0, plain.top);
  }
}

/** Writes |x| plus the root mean square of the group into `weights`. */
export function magnitudeAndSpread(x: Float32Array, weights: Float32Array): void {
  const spread = f(Math.sqrt(f(sumOfSquares(x) / x.length)));
  for (let i = 0; i < x.length; i++) weights[i] = f(spread + Math.abs(x[i]));
}

const SCALE_BYTES = 12;

/** Packs eight scales and eight minima of six bits into 12 bytes, as Q4_K and Q5_K store them. */
export function packScales(scales: Uint8Array, mins: Uint8Array, bytes: DataView, to: number): void {
  const packed = new Uint8Array(SCALE_BYTES);
  for (let j = 0; j < 4; j++) {
    packed[j] = scales[j] | ((scales[j + 4] >>> 4) << 6);
    packed[j + 4] = mins[j] | ((mins[j + 4] >>> 4) << 6);
    packed[j + 8] = (scales[j + 4] & 15) | ((mins[j + 4] & 15) << 4);
  }
  packed.forEach((byte, i) => bytes.setUint8(to + i, byte));
}

/** Returns scale and minimum number `j` of the 12 bytes at `from`. */
export function unpackScale(bytes: DataView, from: number, j: number): [scale: number, min: number] {
  const low = bytes.getUint8(from + (j & 3));
  const high = bytes.getUint8(from + 4 + (j & 3));
  if (j < 4) return [low & 63, high & 63];
  const mixed = bytes.getUint8(from + 8 + (j & 3));
  return [(mixed & 15) | ((low >>> 6) << 4), (mixed >>> 4) | ((high >>> 6) << 4)];
}

/** Packs 256 codes of two bits: bits 2n of byte m of a half hold code 32n + m of it. */
export function packPairsOfBits(codes: ArrayLike<number>, bytes: DataView, to: number): void {
  for (let half = 0; half < 2; half++)
    for (let m = 0; m < 32; m++) {
      const at = 128 * half + m;
      const byte =
        (codes[at] & 3) |
        ((codes[at + 32] & 3) << 2) |
        ((codes[at + 64] & 3) << 4) |
        ((codes[at + 96] & 3) << 6);
      bytes.setUint8(to + 32 * half + m, byte);
    }
}

/** Returns code `i` of 256 codes of two bits. */
export function pairOfBits(bytes: DataView, from: number, i: number): number {
  const byte = bytes.getUint8(from + 32 * (i >>> 7) + (i & 31));
  return (byte >>> (2 * ((i >>> 5) & 3))) & 3;
}

/** Packs 256 codes of four bits: byte m of 32 holds code m of 64 in its low and code 32 + m in its high bits. */
export function packNibbles(codes: ArrayLike<number>, bytes: DataView, to: number): void {
  for (let run = 0; run < 4; run++)
    for (let m = 0; m < 32; m++) {
      const at = 64 * run + m;
      bytes.setUint8(to + 32 * run + m, (codes[at] & 15) | ((codes[at + 32] & 15) << 4));
    }
}

/** Returns code `i` of 256 codes of four bits. */
export function nibble(bytes: DataView, from: number, i: number): number {
  const byte = bytes.getUint8(from + 32 * (i >>> 6) + (i & 31));
  return (byte >>> (4 * ((i >>> 5) & 1))) & 15;
}
