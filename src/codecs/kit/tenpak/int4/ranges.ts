import { floatToHalfBits, halfBitsToFloat } from '../../../../base/float16';
import { bitsOfFloat, clamp, divide, normalOrZero, truncateToHalf } from './float32';

const f32 = Math.fround;

/** How the ranges of a group quantiser are found and stored. */
export interface Quantiser {
  group: number;
  bits: 4 | 2;
  /** Refinements of the range, and the share η of the errors that each end moves by. */
  rounds: number;
  eta: number;
  /** The errors that move the ends: the extremes, or means weighted by |w| + 0.01 or max(w², 0.001). */
  weighting: 'extremes' | 'absolute' | 'square';
  /** How scale and offset are stored: float16 truncated or rounded to nearest, or float32. */
  stored: 'truncated' | 'nearest' | 'single';
  /** Positions tried for each end in 64ths of the range; with 0 the range is refined instead. */
  steps: number;
}

/** A group of at most this width counts as constant and has scale 1. */
const FLAT = f32(1e-8);

/** What the codes of a group are made from: w ≈ code · scale + offset, with `inverse` = 1 ÷ scale. */
interface GroupRange {
  scale: number;
  offset: number;
  inverse: number;
}

export function levelsOf({ bits }: Quantiser): number {
  return 2 ** bits - 1;
}

/** Returns the magnitude that larger weights are limited to before they are coded. Their ranges cannot be stored anyway. */
export function largestWeight(stored: Quantiser['stored']): number {
  return stored === 'single' ? 2 ** 30 : 2 ** 21;
}

/** Rounds (w − offset) · inverse to the nearest integer within 0 … levels, half away from zero. */
export function codeOf(w: number, { offset, inverse }: GroupRange, levels: number): number {
  const x = Math.max(0, Math.min(levels, f32(f32(w - offset) * inverse)));
  return Math.floor(x) + (x - Math.floor(x) >= 0.5 ? 1 : 0);
}

/** Computes code · scale + offset, each step rounded to float32. */
export function restored(code: number, scale: number, offset: number): number {
  return f32(f32(code * scale) + offset);
}

/** Finds the range of one group by the quantiser's rule, in float32 arithmetic and in the order of the kernels. */
export function rangeOfGroup(weights: Float32Array, quantiser: Quantiser): GroupRange {
  const limit = largestWeight(quantiser.stored);
  const group = weights.map((w) => clamp(w, limit));
  return quantiser.steps > 0 ? searched(group, quantiser) : refined(group, quantiser, limit);
}

/** Returns the bits that are stored for a scale or an offset. */
export function rangeBits(x: number, stored: Quantiser['stored']): number {
  if (stored === 'truncated') return truncateToHalf(x);
  return stored === 'single' ? bitsOfFloat(normalOrZero(x)) : floatToHalfBits(normalOrZero(x));
}

type Ends = [low: number, high: number];

function extremes(values: Float32Array): Ends {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** Takes the range from minimum to maximum and moves both ends by η times the errors, `rounds` times. */
function refined(group: Float32Array, quantiser: Quantiser, limit: number): GroupRange {
  let ends = extremes(group);
  let range = spread(ends, levelsOf(quantiser));
  for (let round = 0; round < quantiser.rounds; round++) {
    const moves = movesOf(group, range, quantiser);
    ends = ends.map((end, i) => clamp(f32(end + f32(f32(quantiser.eta) * moves[i])), limit)) as Ends;
    range = spread(ends, levelsOf(quantiser));
  }
  return range;
}

function spread([low, high]: Ends, levels: number): GroupRange {
  const width = f32(high - low);
  if (width <= FLAT) return { scale: 1, offset: low, inverse: 1 };
  const scale = divide(width, levels);
  return { scale, offset: low, inverse: divide(1, scale) };
}

function errorsOf(group: Float32Array, range: GroupRange, levels: number): Float32Array {
  return group.map((w) => w - restored(codeOf(w, range, levels), range.scale, range.offset));
}

function movesOf(group: Float32Array, range: GroupRange, quantiser: Quantiser): Ends {
  const errors = errorsOf(group, range, levelsOf(quantiser));
  if (quantiser.weighting === 'extremes') return extremes(errors);
  const absolute = quantiser.weighting === 'absolute';
  const importance = group.map((w) =>
    absolute ? Math.abs(w) + f32(0.01) : Math.max(f32(w * w), f32(0.001)),
  );
  return [weightedMean(errors, importance, -1), weightedMean(errors, importance, 1)];
}

/** Computes the weighted mean of the errors of one sign, 0 if there are none. */
function weightedMean(errors: Float32Array, importance: Float32Array, sign: number): number {
  let sum = 0;
  let total = 0;
  errors.forEach((error, i) => {
    if (error * sign <= 0) return;
    sum = f32(sum + f32(importance[i] * error));
    total = f32(total + importance[i]);
  });
  return total === 0 ? 0 : divide(sum, total);
}

/** Finds the range of least squared error, as it is read back, among those whose ends move inwards by 0 … steps − 1 64ths. */
function searched(group: Float32Array, quantiser: Quantiser): GroupRange {
  const [low, high] = extremes(group);
  const width = f32(high - low);
  if (width <= FLAT) return { scale: 1, offset: storedValue(low, quantiser.stored), inverse: 1 };
  let best = storedSpread([low, high], quantiser);
  let least = squaredError(group, best, quantiser);
  for (let i = 0; i < quantiser.steps; i++)
    for (let j = 0; j < quantiser.steps; j++) {
      const range = storedSpread(
        [f32(low + f32((i * width) / 64)), f32(high - f32((j * width) / 64))],
        quantiser,
      );
      const error = squaredError(group, range, quantiser);
      if (error < least) [least, best] = [error, range];
    }
  return best;
}

/** Computes the range as it will be read back. */
function storedSpread([low, high]: Ends, { stored, bits }: Quantiser): GroupRange {
  const levels = 2 ** bits - 1;
  const width = f32(high - low);
  const offset = storedValue(low, stored);
  const scale = stored === 'single' ? divide(width, levels) : finiteHalf(floatToHalfBits(width / levels));
  return { scale, offset, inverse: scale === 0 ? 0 : divide(1, scale) };
}

function squaredError(group: Float32Array, range: GroupRange, quantiser: Quantiser): number {
  let sum = 0;
  for (const error of errorsOf(group, range, levelsOf(quantiser))) sum = f32(sum + f32(error * error));
  return sum;
}

function storedValue(x: number, stored: Quantiser['stored']): number {
  return stored === 'single' ? normalOrZero(x) : finiteHalf(floatToHalfBits(x));
}

/** Converts the bits of a float16. Infinity becomes 65536, which overflows again when it is stored. */
function finiteHalf(bits: number): number {
  return clamp(halfBitsToFloat(bits), 65536);
}
