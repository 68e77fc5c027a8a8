import { roundToHalf } from '../../base/float16';
import { nextFloat32 } from '../../base/float32';
import { philox4x32 } from '../../base/random';
import type { QatOptions } from '../options';
import { quantiserGroups, type QuantiserGroups } from '../quantiserGroups';

/** Scales and codes of fake quantisation in plain float64, one group at a time. The kernels are tested against them. */

const HALF_MAX = 65504;
const TWN_THRESHOLD = 0.7;
const AVERAGE_KEPT = 0.99;
const MIN_AVERAGE = 1e-6;

export interface ReferenceScale {
  /** The stored scale, a float16. */
  scale: number;
  /** The smallest magnitude coded ±1, a float32; Infinity if all weights are coded zero. */
  cut: number;
}

function storedScale(scale: number): number {
  return roundToHalf(Math.min(scale, HALF_MAX));
}

function toNearest(scale: number): ReferenceScale {
  return { scale, cut: scale === 0 ? Infinity : scale / 2 };
}

const magnitudes = (values: Float32Array) => Array.from(values, Math.abs);
const mean = (values: readonly number[]) => values.reduce((sum, w) => sum + w, 0) / values.length;

/** The scale of a group before rounding, by rule, and the threshold above which a weight is kept if the rule has one. */
const STATISTICS: Record<
  Exclude<QatOptions['rule'], 't81'>,
  (values: Float32Array) => { scale: number; threshold?: number }
> = {
  absmean: (values) => ({ scale: mean(magnitudes(values)) }),
  twn(values) {
    const threshold = Math.fround(TWN_THRESHOLD * mean(magnitudes(values)));
    const kept = magnitudes(values).filter((w) => w > threshold);
    return { scale: kept.length === 0 ? 0 : mean(kept), threshold };
  },
  optimal(values) {
    const descending = magnitudes(values).sort((a, b) => b - a);
    let [sum, best, scale] = [0, 0, 0];
    descending.forEach((w, i) => {
      sum += w;
      if (sum ** 2 / (i + 1) > best) [best, scale] = [sum ** 2 / (i + 1), sum / (i + 1)];
    });
    return { scale };
  },
};

/** Returns the scale and the cut of a group by rule absmean, twn or optimal. */
function statisticScale(values: Float32Array, rule: Exclude<QatOptions['rule'], 't81'>): ReferenceScale {
  const { scale, threshold } = STATISTICS[rule](values);
  const stored = toNearest(storedScale(scale));
  return threshold === undefined || stored.scale === 0 ? stored : { ...stored, cut: nextFloat32(threshold) };
}

/**
 * Returns the moving average of t81 after a step with these weights.
 * @param before the average before it, 0 in the first step
 */
export function movingAverage(values: Float32Array, before: number): number {
  const largest = magnitudes(values).reduce((a, b) => Math.max(a, b), 0);
  return Math.max(before === 0 ? largest : AVERAGE_KEPT * before + (1 - AVERAGE_KEPT) * largest, MIN_AVERAGE);
}

/** Returns the scale and the cut of t81 at threshold θ. */
export function absoluteScale(average: number, threshold: number): ReferenceScale {
  const scale = storedScale(average);
  return { scale, cut: Math.fround(Math.fround(threshold) * scale) };
}

/** Returns the scale and the cut of a learned parameter. A scale is always positive. */
export function learnedScale(parameter: number): ReferenceScale {
  return toNearest(storedScale(Math.max(parameter, 2 ** -24)));
}

/** Returns a weight rounded to −scale, 0 or scale. */
export function quantised(w: number, { scale, cut }: ReferenceScale): number {
  return Math.abs(w) >= cut ? Math.sign(w) * scale : 0;
}

/**
 * Returns a weight rounded to −scale, 0 or scale at random, for a draw from [0, 1).
 * @param deadZone the magnitude up to which a weight is always coded zero: the cut of t81, otherwise 0
 */
export function quantisedAtRandom(w: number, scale: number, deadZone: number, draw: number): number {
  const over = Math.fround(Math.min(Math.abs(w), scale) - deadZone);
  return Math.fround(draw * Math.fround(scale - deadZone)) < over ? Math.sign(w) * scale : 0;
}

/** Returns the random draw of a weight, given by its flat index, at a step. */
export function drawOf(seed: number, stream: number, step: number, weight: number): number {
  const key: [number, number] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  return (philox4x32([Math.floor(weight / 4), step, stream, 0], key)[weight % 4] >>> 8) / 2 ** 24;
}

/** Returns the flat indices of the weights of a group. */
export function groupIndices({ columns, size, perRow }: QuantiserGroups, group: number): number[] {
  const row = Math.floor(group / perRow);
  const first = (group % perRow) * size;
  return Array.from({ length: Math.min(size, columns - first) }, (_, i) => row * columns + first + i);
}

/** Returns the scales of all groups of a matrix. */
export function matrixScales(
  values: Float32Array,
  matrix: readonly [number, number],
  options: QatOptions & { rule: Exclude<QatOptions['rule'], 't81'> },
): ReferenceScale[] {
  const groups = quantiserGroups(matrix, options);
  return Array.from({ length: groups.count }, (_, group) =>
    statisticScale(
      Float32Array.from(groupIndices(groups, group), (i) => values[i]),
      options.rule,
    ),
  );
}

/** The gradient of a latent weight from that of the rounded weight, by estimator. */
export const ESTIMATORS: Record<
  QatOptions['estimator'],
  (gradient: number, w: number, scale: number) => number
> = {
  identity: (gradient) => gradient,
  clipped: (gradient, w, scale) => (scale === 0 || Math.abs(w) <= scale ? gradient : 0),
  box: (gradient, w, scale) => (scale === 0 ? gradient : Math.abs(w) < scale / 2 ? 2 * gradient : 0),
};

/** Returns the gradient of a group's learned scale (Esser et al. 2020, Q_P = 1, gradient scale 1 ÷ √n). */
export function scaleGradient(
  gradient: readonly number[],
  weights: readonly number[],
  rounded: readonly number[],
  scale: number,
): number {
  const sum = weights.reduce((total, w, i) => {
    const derivative = Math.abs(w) >= scale ? Math.sign(w) : (rounded[i] - w) / scale;
    return total + gradient[i] * derivative;
  }, 0);
  return sum / Math.sqrt(weights.length);
}
