import { floatToHalfBits, halfBitsToFloat } from '../../../base/float16';
import { nextFloat32 } from '../../../base/float32';
import { HALF_EXPONENT } from '../storedFloats';
import { relativeCutoff } from './cutoff';

/** A rule by which scale and codes of a group are chosen. `RULES` defines them. */
export type TernaryRule = 'absmean' | 'absmean-ls' | 'twn' | 'optimal' | 'gguf' | 'gguf-ls';

/** Scale and cutoff of one group. */
export interface TernaryScale {
  /** The float16 bits of the scale, as stored. */
  scaleBits: number;
  /** The magnitude from which weights become ±1. It is Infinity if the scale is zero. */
  cutoff: number;
}

/** The factor of the mean magnitude in Δ ≈ 0.7 · mean|w| (Li et al. 2016). */
const TWN_THRESHOLD = 0.7;

/** Computes scale and cutoff of a group, with sums in float64. `threshold` is the share of the largest |w| for the gguf rules. */
type Rule = (values: Float32Array, threshold: number) => TernaryScale;

/**
 * The rules by name:
 * - absmean: scale = mean|w|, and a weight becomes round(w ÷ scale) clamped to ±1, half away from zero.
 * - twn: Δ = 0.7 · mean|w| rounded to float32; weights with |w| > Δ become ±1, and scale = their mean magnitude.
 * - optimal: the least squared error over all scales and codes. With |w| sorted descending and S_k the sum of the first k, k nonzero
 *   codes leave Σw² − S_k²/k at scale S_k/k, and the best k is taken. An optimal code rounds to the nearest of −scale, 0 and scale, so
 *   that the codes follow from the stored scale as in absmean.
 * - gguf: scale = max|w|, and weights of at least `threshold` times the scale become ±1, as in writers of GGUF files.
 * - absmean-ls, gguf-ls: the codes of absmean and gguf, with the mean magnitude of the weights that become ±1 as scale, which is the
 *   least-squares scale for these codes.
 */
const RULES: Readonly<Record<TernaryRule, Rule>> = {
  absmean: (values) => nearest(meanMagnitude(values)),
  'absmean-ls': (values) => {
    const codes = nearest(meanMagnitude(values));
    // The mean of the larger weights is not smaller, so that it would overflow, too.
    return codes.scaleBits === HALF_EXPONENT ? codes : leastSquares(values, codes.cutoff);
  },
  twn: (values) => leastSquares(values, nextFloat32(Math.fround(TWN_THRESHOLD * meanMagnitude(values)))),
  optimal: (values) => nearest(optimalScale(values)),
  gguf: (values, threshold) => {
    const largest = largestMagnitude(values);
    return withCutoff(largest, () => relativeCutoff(largest, threshold));
  },
  'gguf-ls': (values, threshold) => leastSquares(values, relativeCutoff(largestMagnitude(values), threshold)),
};

/**
 * Computes scale and cutoff of one group by a rule. It runs on the host, since it is a sum or a search with one result per group, and
 * every adapter then stores the same bytes.
 */
export function groupScale(values: Float32Array, rule: TernaryRule, threshold: number): TernaryScale {
  return RULES[rule](values, threshold);
}

/** Computes the cutoff from the stored scale. Under a stored scale of zero all codes are zero. */
function withCutoff(scale: number, cutoff: (stored: number) => number): TernaryScale {
  const scaleBits = floatToHalfBits(scale);
  const stored = halfBitsToFloat(scaleBits);
  return { scaleBits, cutoff: stored === 0 ? Infinity : cutoff(stored) };
}

/** Makes the cutoff for rounding to the nearest of −scale, 0 and scale. */
function nearest(scale: number): TernaryScale {
  return withCutoff(scale, (stored) => stored / 2);
}

/** Computes the least-squares scale for a cutoff: the mean magnitude of the weights that become ±1. */
function leastSquares(values: Float32Array, cutoff: number): TernaryScale {
  let sum = 0;
  let kept = 0;
  for (const w of values)
    if (Math.abs(w) >= cutoff) {
      sum += Math.abs(w);
      kept++;
    }
  return withCutoff(kept === 0 ? 0 : sum / kept, () => cutoff);
}

function meanMagnitude(values: Float32Array): number {
  return values.reduce((sum, w) => sum + Math.abs(w), 0) / values.length;
}

/** Finds the largest |w|. */
export function largestMagnitude(values: Float32Array): number {
  return values.reduce((largest, w) => Math.max(largest, Math.abs(w)), 0);
}

/** Computes the scale of the rule `optimal`. */
export function optimalScale(values: Float32Array): number {
  const ascending = values.map(Math.abs).sort();
  let sum = 0;
  let best = 0;
  let scale = 0;
  for (let kept = 1; kept <= ascending.length; kept++) {
    sum += ascending[ascending.length - kept];
    const explained = (sum * sum) / kept;
    if (explained > best) [best, scale] = [explained, sum / kept];
  }
  return scale;
}
