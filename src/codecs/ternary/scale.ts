import { floatToHalfBits, halfBitsToFloat } from '../../base/float16';
import type { TernaryRule } from './layout';

/** What one group is coded with. */
export interface GroupScale {
  /** float16 bits, as stored. */
  scaleBits: number;
  /** Weights of at least this magnitude become ±1; Infinity when the scale is zero. */
  cut: number;
}

/** Li et al. 2016: Δ ≈ 0.7 · mean|w|. */
const TWN_THRESHOLD = 0.7;

/**
 * Scale and cut of one group, sums in float64.
 * - absmean: scale = mean|w|; a weight becomes round(w ÷ scale) clamped to ±1, half away from zero.
 * - twn: Δ = 0.7 · mean|w| rounded to float32; weights with |w| > Δ become ±1; scale = their mean magnitude.
 * - optimal: the least squared error over all scales and codes. With |w| sorted descending and S_k the sum of the first k,
 *   keeping k weights leaves Σw² − S_k²/k at scale S_k/k; the best k is taken. Any best code rounds to the nearest of
 *   −scale, 0, scale, so the codes follow from the stored scale as in absmean.
 *
 * It is a sum or a search, one number per group: it runs on the host, so every adapter stores the same bytes.
 */
export function groupScale(values: Float32Array, rule: TernaryRule): GroupScale {
  if (rule === 'twn') return twnScale(values);
  const scale = rule === 'absmean' ? meanMagnitude(values) : optimalScale(values);
  return withCut(scale, (stored) => stored / 2);
}

/** The cut follows from the scale as it is stored; a scale that is stored as zero codes everything zero. */
function withCut(scale: number, cut: (stored: number) => number): GroupScale {
  const scaleBits = floatToHalfBits(scale);
  const stored = halfBitsToFloat(scaleBits);
  return { scaleBits, cut: stored === 0 ? Infinity : cut(stored) };
}

function meanMagnitude(values: Float32Array): number {
  return values.reduce((sum, w) => sum + Math.abs(w), 0) / values.length;
}

function twnScale(values: Float32Array): GroupScale {
  const threshold = Math.fround(TWN_THRESHOLD * meanMagnitude(values));
  let sum = 0;
  let kept = 0;
  for (const w of values)
    if (Math.abs(w) > threshold) {
      sum += Math.abs(w);
      kept++;
    }
  return withCut(kept === 0 ? 0 : sum / kept, () => nextFloat32(threshold));
}

/** The least float32 above x ≥ 0: |w| > x is |w| ≥ nextFloat32(x). */
function nextFloat32(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0]++;
  return new Float32Array(bits.buffer)[0];
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
