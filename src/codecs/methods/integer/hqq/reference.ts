import { floatToHalfBits, halfBitsToFloat } from '../../../../base/float16';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { readCode, writeCode } from '../../../kit/bits';
import { bits16Of, bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { hqqParts, KAPPA, LARGEST_ZERO, type HqqLayout, type HqqParts } from './layout';

/** What a group of weights shares, as float16 bits. */
interface GroupScale {
  scale: number;
  zero: number;
}

const SMALLEST_NORMAL = 2 ** -126;

/** Subnormal float32 count as zero: some adapters read them so. */
function normal(w: number): number {
  return Math.abs(w) < SMALLEST_NORMAL ? 0 : w;
}

/** The proximal operator of |x|^p with weight β: the error that is kept as an outlier. */
export function shrinkError(x: number, beta: number, p: number): number {
  return Math.sign(x) * Math.max(Math.abs(x) - Math.abs(x) ** (p - 1) / beta, 0);
}

/** Where code k begins, in float32 as kernels compute it: (k − ½ − zero) · scale. */
function threshold(k: number, scale: number, zero: number): number {
  return Math.fround(Math.fround(k - 0.5 - zero) * scale);
}

/** The code of a weight: w ÷ scale + zero to the nearest integer, half up, within 0 … levels; 0 when the scale is 0. */
function quantise(w: number, scale: number, zero: number, levels: number): number {
  if (scale === 0) return 0;
  let code = Math.max(0, Math.min(levels, Math.floor(w / scale + zero + 0.5)));
  while (code > 0 && w < threshold(code, scale, zero)) code--;
  while (code < levels && w >= threshold(code + 1, scale, zero)) code++;
  return code;
}

/** The scale that spreads the levels over the group's range; not so small that the zero point leaves ±1024. */
function chooseScale(group: ArrayLike<number>, levels: number): number {
  const weights = Array.from(group, normal);
  const [low, high] = [Math.min(...weights), Math.max(...weights)];
  const range = Math.fround(high - low) / levels;
  return floatToHalfBits(Math.max(range, Math.max(-low, high) / LARGEST_ZERO));
}

/** float16 bits of a zero point; never −0. */
function zeroBits(zero: number): number {
  return floatToHalfBits(zero) & 0x7fff ? floatToHalfBits(zero) : 0;
}

/** Mean |w − ŵ| with this zero point, and the zero point half-quadratic splitting puts next. */
function update(group: ArrayLike<number>, scale: number, zero: number, beta: number, layout: HqqLayout) {
  let [error, shift] = [0, 0];
  for (let i = 0; i < group.length; i++) {
    const w = normal(group[i]);
    const code = quantise(w, scale, zero, layout.levels);
    const e = w - (code - zero) * scale;
    error += Math.abs(e) / group.length;
    // Mean of code − (w − shrunk) ÷ scale, written as a shift of the present zero point.
    shift += (e - shrinkError(e, beta, layout.p)) / scale / group.length;
  }
  return { error, next: zero - shift };
}

/** Alternates codes, shrunk errors and zero point (rounded to float16) as long as the mean |error| falls. */
function searchZero(group: ArrayLike<number>, scaleBits: number, layout: HqqLayout): number {
  const scale = halfBitsToFloat(scaleBits);
  if (scale === 0) return 0;
  let low = Infinity;
  for (let i = 0; i < group.length; i++) low = Math.min(low, normal(group[i]));
  let bits = zeroBits(-low / scale);
  let [best, least] = [bits, Infinity];
  let { beta } = layout;
  for (let i = 0; i <= layout.iterations; i++) {
    const { error, next } = update(group, scale, halfBitsToFloat(bits), beta, layout);
    if (!(error < least)) break;
    [least, best] = [error, bits];
    bits = zeroBits(next);
    beta *= KAPPA;
  }
  return best;
}

/** Encodes with `scaleOf(group, index)`; groups run along rows. */
function encodeWith(
  values: Float32Array,
  layout: HqqLayout,
  scaleOf: (group: Float32Array, index: number) => GroupScale,
): HqqParts {
  const { rows, columns, bits, group, groupsPerRow, levels, rowBytes } = layout;
  const { codes } = zeroedParts(hqqParts(layout));
  const scales = new Uint16Array(rows * groupsPerRow);
  const zeros = new Uint16Array(rows * groupsPerRow);
  for (let index = 0; index < scales.length; index++) {
    const row = Math.floor(index / groupsPerRow);
    const first = (index % groupsPerRow) * group;
    const last = Math.min(first + group, columns);
    const weights = values.subarray(row * columns + first, row * columns + last);
    const { scale, zero } = scaleOf(weights, index);
    [scales[index], zeros[index]] = [scale, zero];
    weights.forEach((w, i) => {
      const code = quantise(normal(w), halfBitsToFloat(scale), halfBitsToFloat(zero), levels);
      writeCode(codes, row * rowBytes, first + i, bits, code);
    });
  }
  return { codes, scales: bytesOf16(scales), zeros: bytesOf16(zeros) };
}

export const hqqReference: ReferenceDefinition<HqqLayout, HqqParts> = {
  encode(values, layout) {
    const parts = encodeWith(values, layout, (group) => {
      const scale = chooseScale(group, layout.levels);
      return { scale, zero: searchZero(group, scale, layout) };
    });
    requireHalfScales('The matrix', parts.scales);
    return parts;
  },

  decode(parts, { rows, columns, bits, group, groupsPerRow, rowBytes }) {
    const scales = bits16Of(parts.scales);
    const zeros = bits16Of(parts.zeros);
    const values = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const g = row * groupsPerRow + Math.floor(column / group);
        const code = readCode(parts.codes, row * rowBytes, column, bits);
        const steps = Math.fround(code - halfBitsToFloat(zeros[g]));
        values[row * columns + column] = steps * halfBitsToFloat(scales[g]);
      }
    return values;
  },

  requantise(values, layout, stored) {
    const scales = bits16Of(stored.scales);
    const zeros = bits16Of(stored.zeros);
    return encodeWith(values, layout, (_, i) => ({ scale: scales[i], zero: zeros[i] }));
  },
};
