import { floatToHalfBits, halfBitsToFloat } from '../../../base/float16';
import { roundHalfAway } from '../../../base/rounding';
import type { ReferenceDefinition } from '../../contract/defineCodec';
import { zeroedParts } from '../../contract/parts';
import { readCode, writeCode } from '../bits';
import { bits16Of, bytesOf16, requireHalfScales } from '../storedFloats';
import { CLIP_STEPS, uniformGridParts, type UniformGridLayout, type UniformGridParts } from './layout';

/** The scale of a group as float16 bits, and its zero point. */
export interface GridScale {
  scale: number;
  zero: number;
}

/** Rounds w ÷ scale to an integer within the levels of its group; returns 0 when the scale is 0. */
export function quantiseToGrid(
  w: number,
  { scale, zero }: GridScale,
  { asymmetric, levels }: UniformGridLayout,
): number {
  const step = halfBitsToFloat(scale);
  if (step === 0) return 0;
  const lowest = asymmetric ? -zero : -levels;
  const highest = asymmetric ? levels - zero : levels;
  return Math.max(lowest, Math.min(highest, roundHalfAway(w / step)));
}

/** Chooses the scale that spreads the levels over [low, high] (low ≤ 0 ≤ high) and a zero point at which 0 is a level. */
function chooseGridScale(low: number, high: number, { asymmetric, levels }: UniformGridLayout): GridScale {
  if (!asymmetric) return { scale: floatToHalfBits(Math.max(-low, high) / levels), zero: 0 };
  // The width is a float32 difference, so that kernels can compute the same one.
  const scale = floatToHalfBits(Math.fround(high - low) / levels);
  const step = halfBitsToFloat(scale);
  return { scale, zero: step === 0 ? 0 : Math.min(levels, roundHalfAway(-low / step)) };
}

/** The smallest and the largest weight of a group, or 0. */
interface Range {
  low: number;
  high: number;
}

function rangeOf(group: ArrayLike<number>): Range {
  let [low, high] = [0, 0];
  for (let i = 0; i < group.length; i++) {
    low = Math.min(low, group[i]);
    high = Math.max(high, group[i]);
  }
  return { low, high };
}

/**
 * Sums (w − q·step)² over a group. The result of a sum that reaches `limit` is any number of at least `limit`, since terms are not
 * negative: the sum ends there, and does not begin if clipping the ends of the range alone costs as much. The clip search spends its
 * time here, so the loop looks nothing up.
 */
function squaredError(
  group: ArrayLike<number>,
  { low, high }: Range,
  { scale, zero }: GridScale,
  layout: UniformGridLayout,
  limit = Infinity,
): number {
  const step = halfBitsToFloat(scale);
  const lowest = layout.asymmetric ? -zero : -layout.levels;
  const highest = layout.levels + (layout.asymmetric ? -zero : 0);
  const clipped = Math.max(0, high - highest * step, lowest * step - low);
  if (clipped * clipped >= limit) return limit;
  let sum = 0;
  for (let i = 0; i < group.length && sum < limit; i++) {
    const w = group[i];
    const magnitude = w < 0 ? -w : w;
    const bound = w < 0 ? -lowest : highest;
    const q = step === 0 ? 0 : Math.floor(magnitude / step + 0.5);
    const error = magnitude - (q < bound ? q : bound) * step;
    sum += error * error;
  }
  return sum;
}

/** Chooses the scale of a group by its range, or with clip search by the range that gives the minimal squared error. */
export function searchScale(group: ArrayLike<number>, layout: UniformGridLayout): GridScale {
  return bestScale(group, layout).choice;
}

function bestScale(
  group: ArrayLike<number>,
  layout: UniformGridLayout,
): { choice: GridScale; error: number } {
  const range = rangeOf(group);
  const { low, high } = range;
  let choice = chooseGridScale(low, high, layout);
  let least = squaredError(group, range, choice, layout);
  for (let k = 1; k < layout.candidates; k++) {
    const factor = 1 - k / CLIP_STEPS;
    const next = chooseGridScale(low * factor, high * factor, layout);
    const error = squaredError(group, range, next, layout, least);
    if (error < least) [least, choice] = [error, next];
  }
  return { choice, error: least };
}

/** Encodes groups along rows with the scales that `scaleOf(group, index)` returns. */
function encodeWith(
  values: Float32Array,
  layout: UniformGridLayout,
  scaleOf: (group: Float32Array, index: number) => GridScale,
): UniformGridParts {
  const { rows, columns, bits, group, groupsPerRow, rowBytes } = layout;
  const parts = zeroedParts(uniformGridParts(layout));
  const scales = new Uint16Array(rows * groupsPerRow);
  for (let row = 0; row < rows; row++)
    for (let g = 0; g < groupsPerRow; g++) {
      const index = row * groupsPerRow + g;
      const first = g * group;
      const last = Math.min(first + group, columns);
      const weights = values.subarray(row * columns + first, row * columns + last);
      const choice = scaleOf(weights, index);
      scales[index] = choice.scale;
      if (parts.zeros) writeCode(parts.zeros, 0, index, bits, choice.zero);
      const offset = codeOffset(choice, layout);
      for (let i = 0; i < weights.length; i++)
        writeCode(
          parts.codes,
          row * rowBytes,
          first + i,
          bits,
          quantiseToGrid(weights[i], choice, layout) + offset,
        );
    }
  return { ...parts, scales: bytesOf16(scales) };
}

/** Returns the code of the integer 0. */
export function codeOffset({ zero }: GridScale, { asymmetric, bits }: UniformGridLayout): number {
  return asymmetric ? zero : 2 ** (bits - 1);
}

/** Computes the codes for given scales and zero points. */
export function requantiseUniformGrid(
  values: Float32Array,
  layout: UniformGridLayout,
  stored: UniformGridParts,
): UniformGridParts {
  const scales = bits16Of(stored.scales);
  const zeroOf = (index: number) => (stored.zeros ? readCode(stored.zeros, 0, index, layout.bits) : 0);
  return encodeWith(values, layout, (_, index) => ({ scale: scales[index], zero: zeroOf(index) }));
}

/** Rounding to a uniform grid as the codec defines it. */
export const uniformGridReference: ReferenceDefinition<UniformGridLayout, UniformGridParts> = {
  encode(values, layout) {
    const parts = encodeWith(values, layout, (group) => searchScale(group, layout));
    requireHalfScales('The matrix', parts.scales);
    return parts;
  },

  // A decoded weight q·step is exact in float32.
  squaredError(values, layout) {
    const { rows, columns, group } = layout;
    let sum = 0;
    for (let row = 0; row < rows; row++)
      for (let first = 0; first < columns; first += group) {
        const last = Math.min(first + group, columns);
        sum += bestScale(values.subarray(row * columns + first, row * columns + last), layout).error;
      }
    return sum;
  },

  decode(parts, layout) {
    const { rows, columns, bits, group, groupsPerRow, rowBytes } = layout;
    const scales = bits16Of(parts.scales);
    const values = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let first = 0; first < columns; first += group) {
        const g = row * groupsPerRow + first / group;
        const offset = parts.zeros ? readCode(parts.zeros, 0, g, bits) : 2 ** (bits - 1);
        const step = halfBitsToFloat(scales[g]);
        const last = Math.min(first + group, columns);
        for (let column = first; column < last; column++) {
          const code = readCode(parts.codes, row * rowBytes, column, bits);
          values[row * columns + column] = (code - offset) * step;
        }
      }
    return values;
  },

  requantise: requantiseUniformGrid,
};
