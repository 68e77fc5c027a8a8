import { floatToHalfBits, halfBitsToFloat } from '../../../../base/float16';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { readCode, writeCode } from '../../../kit/bits';
import { bits16Of, bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { hqqParts, KAPPA, MAX_ZERO, type HqqLayout, type HqqParts } from './layout';

/** Scale and zero point of a group, as float16 bits. */
interface GroupScale {
  scale: number;
  zero: number;
}

const MIN_NORMAL = 2 ** -126;

/** Returns 0 for subnormal float32 numbers, which some adapters flush to zero, and others unchanged. */
function flushSubnormal(w: number): number {
  return Math.abs(w) < MIN_NORMAL ? 0 : w;
}

/** Applies the proximal operator of |x|^p with weight β to an error. */
export function shrinkError(x: number, beta: number, p: number): number {
  return Math.sign(x) * Math.max(Math.abs(x) - Math.abs(x) ** (p - 1) / beta, 0);
}

/** Computes the lower limit of code k, (k − ½ − zero) · scale, in float32 as the kernels do. */
function threshold(k: number, scale: number, zero: number): number {
  return Math.fround(Math.fround(k - 0.5 - zero) * scale);
}

/** Rounds w ÷ scale + zero to the nearest code, halves up, within 0 … levels; returns 0 when the scale is 0. */
function quantise(w: number, scale: number, zero: number, levels: number): number {
  if (scale === 0) return 0;
  let code = Math.max(0, Math.min(levels, Math.floor(w / scale + zero + 0.5)));
  while (code > 0 && w < threshold(code, scale, zero)) code--;
  while (code < levels && w >= threshold(code + 1, scale, zero)) code++;
  return code;
}

/** Chooses the scale that spreads the levels over the group's range, but large enough that |zero point| ≤ 1024. */
function chooseScale(group: ArrayLike<number>, levels: number): number {
  const weights = Array.from(group, flushSubnormal);
  const [low, high] = [Math.min(...weights), Math.max(...weights)];
  const range = Math.fround(high - low) / levels;
  return floatToHalfBits(Math.max(range, Math.max(-low, high) / MAX_ZERO));
}

/** Returns the float16 bits of a zero point, with −0 as 0. */
function zeroBits(zero: number): number {
  return floatToHalfBits(zero) & 0x7fff ? floatToHalfBits(zero) : 0;
}

/** Computes the mean |w − ŵ| with this zero point, and the next zero point of half-quadratic splitting. */
function update(group: ArrayLike<number>, scale: number, zero: number, beta: number, layout: HqqLayout) {
  let [error, shift] = [0, 0];
  for (let i = 0; i < group.length; i++) {
    const w = flushSubnormal(group[i]);
    const code = quantise(w, scale, zero, layout.levels);
    const e = w - (code - zero) * scale;
    error += Math.abs(e) / group.length;
    // The next zero point is the mean of code − (w − shrunk) ÷ scale, here as a shift of the current one.
    shift += (e - shrinkError(e, beta, layout.p)) / scale / group.length;
  }
  return { error, next: zero - shift };
}

/** Alternates codes, shrunk errors and zero point (rounded to float16) as long as the mean |error| decreases. */
function searchZero(group: ArrayLike<number>, scaleBits: number, layout: HqqLayout): number {
  const scale = halfBitsToFloat(scaleBits);
  if (scale === 0) return 0;
  let low = Infinity;
  for (let i = 0; i < group.length; i++) low = Math.min(low, flushSubnormal(group[i]));
  let bits = zeroBits(-low / scale);
  let [best, bestError] = [bits, Infinity];
  let { beta } = layout;
  for (let i = 0; i <= layout.iterations; i++) {
    const { error, next } = update(group, scale, halfBitsToFloat(bits), beta, layout);
    if (!(error < bestError)) break;
    [bestError, best] = [error, bits];
    bits = zeroBits(next);
    beta *= KAPPA;
  }
  return best;
}

/** Encodes groups along rows with the scales that `scaleOf(group, index)` returns. */
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
      const code = quantise(flushSubnormal(w), halfBitsToFloat(scale), halfBitsToFloat(zero), levels);
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
