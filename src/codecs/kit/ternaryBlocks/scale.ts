import { floatToHalfBits, halfBitsToFloat } from '../../../base/float16';
import { nextFloat32 } from '../../../base/float32';
import { HALF_EXPONENT } from '../storedFloats';
import { shareCut } from './cut';

/** How scale and codes of a group are chosen; `RULES` defines them. */
export type TernaryRule = 'absmean' | 'absmean-ls' | 'twn' | 'optimal' | 'gguf' | 'gguf-ls';

/** What one group is coded with. */
export interface TernaryScale {
  /** float16 bits, as stored. */
  scaleBits: number;
  /** Weights of at least this magnitude become ±1; Infinity when the scale is zero. */
  cut: number;
}

/** Li et al. 2016: Δ ≈ 0.7 · mean|w|. */
const TWN_THRESHOLD = 0.7;

/** Scale and cut of a group, sums in float64. `threshold`: the share of the largest |w| from which the gguf rules keep. */
type Rule = (values: Float32Array, threshold: number) => TernaryScale;

/**
 * - absmean: scale = mean|w|; a weight becomes round(w ÷ scale) clamped to ±1, half away from zero.
 * - twn: Δ = 0.7 · mean|w| rounded to float32; weights with |w| > Δ become ±1; scale = their mean magnitude.
 * - optimal: the least squared error over all scales and codes. With |w| sorted descending and S_k the sum of the first k,
 *   keeping k weights leaves Σw² − S_k²/k at scale S_k/k; the best k is taken. Any best code rounds to the nearest of
 *   −scale, 0, scale, so the codes follow from the stored scale as in absmean.
 * - gguf: scale = max|w|; weights of at least `threshold` of it become ±1, as writers of GGUF files do.
 * - absmean-ls, gguf-ls: the codes of absmean and gguf; scale = mean magnitude of the weights kept, which has the least
 *   squared error given the codes.
 */
const RULES: Readonly<Record<TernaryRule, Rule>> = {
  absmean: (values) => nearest(meanMagnitude(values)),
  'absmean-ls': (values) => {
    const codes = nearest(meanMagnitude(values));
    // The mean of the kept ones is no smaller: it would overflow too.
    return codes.scaleBits === HALF_EXPONENT ? codes : leastSquares(values, codes.cut);
  },
  twn: (values) => leastSquares(values, nextFloat32(Math.fround(TWN_THRESHOLD * meanMagnitude(values)))),
  optimal: (values) => nearest(optimalScale(values)),
  gguf: (values, threshold) => {
    const largest = largestMagnitude(values);
    return withCut(largest, () => shareCut(largest, threshold));
  },
  'gguf-ls': (values, threshold) => leastSquares(values, shareCut(largestMagnitude(values), threshold)),
};

/**
 * Scale and cut of one group by a rule. It is a sum or a search, one number per group: it runs on the host, so every adapter
 * stores the same bytes.
 */
export function groupScale(values: Float32Array, rule: TernaryRule, threshold: number): TernaryScale {
  return RULES[rule](values, threshold);
}

/** The cut follows from the scale as it is stored; a scale that is stored as zero codes everything zero. */
function withCut(scale: number, cut: (stored: number) => number): TernaryScale {
  const scaleBits = floatToHalfBits(scale);
  const stored = halfBitsToFloat(scaleBits);
  return { scaleBits, cut: stored === 0 ? Infinity : cut(stored) };
}

/** Codes that round to the nearest of −scale, 0 and scale. */
function nearest(scale: number): TernaryScale {
  return withCut(scale, (stored) => stored / 2);
}

/** Given which weights are kept: the mean of their magnitudes. */
function leastSquares(values: Float32Array, cut: number): TernaryScale {
  let sum = 0;
  let kept = 0;
  for (const w of values)
    if (Math.abs(w) >= cut) {
      sum += Math.abs(w);
      kept++;
    }
  return withCut(kept === 0 ? 0 : sum / kept, () => cut);
}

function meanMagnitude(values: Float32Array): number {
  return values.reduce((sum, w) => sum + Math.abs(w), 0) / values.length;
}

export function largestMagnitude(values: Float32Array): number {
  return values.reduce((largest, w) => Math.max(largest, Math.abs(w)), 0);
}

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
