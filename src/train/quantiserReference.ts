import { roundToHalf } from '../base/float16';
import { nextFloat32 } from '../base/float32';
import { philox4x32 } from '../base/random';
import type { QatOptions } from './options';
import { groupsOf, type Groups } from './quantiserGroups';

/** Scales and codes of fake quantisation in plain float64, one group at a time: what the kernels are held to. */

const HALF_MAX = 65504;
const TWN_THRESHOLD = 0.7;
const AVERAGE_KEPT = 0.99;
const LEAST_AVERAGE = 1e-6;

export interface ReferenceScale {
  /** As stored: a float16. */
  scale: number;
  /** The least magnitude coded ±1, a float32; Infinity where everything is coded zero. */
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

/** By rule: a group's weights to its scale before rounding and, where the rule has one, its threshold (kept: above it). */
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

/** Scale and cut of one group by rule absmean, twn or optimal. */
function statisticScale(values: Float32Array, rule: Exclude<QatOptions['rule'], 't81'>): ReferenceScale {
  const { scale, threshold } = STATISTICS[rule](values);
  const stored = toNearest(storedScale(scale));
  return threshold === undefined || stored.scale === 0 ? stored : { ...stored, cut: nextFloat32(threshold) };
}

/** t81's moving average after a step with these weights; before = 0: none yet. */
export function movingAverage(values: Float32Array, before: number): number {
  const largest = magnitudes(values).reduce((a, b) => Math.max(a, b), 0);
  return Math.max(
    before === 0 ? largest : AVERAGE_KEPT * before + (1 - AVERAGE_KEPT) * largest,
    LEAST_AVERAGE,
  );
}

/** t81's scale and cut at threshold θ. */
export function absoluteScale(average: number, threshold: number): ReferenceScale {
  const scale = storedScale(average);
  return { scale, cut: Math.fround(Math.fround(threshold) * scale) };
}

/** A learned scale as it is used: positive. */
export function learnedScale(parameter: number): ReferenceScale {
  return toNearest(storedScale(Math.max(parameter, 2 ** -24)));
}

/** −scale, 0 or scale. */
export function quantised(w: number, { scale, cut }: ReferenceScale): number {
  return Math.abs(w) >= cut ? Math.sign(w) * scale : 0;
}

/** The same at random, for a draw from [0, 1). @param none the magnitude that is always coded zero: t81's cut, else 0 */
export function quantisedAtRandom(w: number, scale: number, none: number, draw: number): number {
  const over = Math.fround(Math.min(Math.abs(w), scale) - none);
  return Math.fround(draw * Math.fround(scale - none)) < over ? Math.sign(w) * scale : 0;
}

/** The draw of a weight (flat index) at a step. */
export function drawOf(seed: number, stream: number, step: number, weight: number): number {
  const key: [number, number] = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  return (philox4x32([Math.floor(weight / 4), step, stream, 0], key)[weight % 4] >>> 8) / 2 ** 24;
}

/** The flat indices of a group. */
export function groupIndices({ columns, size, perRow }: Groups, group: number): number[] {
  const row = Math.floor(group / perRow);
  const first = (group % perRow) * size;
  return Array.from({ length: Math.min(size, columns - first) }, (_, i) => row * columns + first + i);
}

/** Scales of all groups of a matrix. */
export function matrixScales(
  values: Float32Array,
  matrix: readonly [number, number],
  options: QatOptions & { rule: Exclude<QatOptions['rule'], 't81'> },
): ReferenceScale[] {
  const groups = groupsOf(matrix, options);
  return Array.from({ length: groups.count }, (_, group) =>
    statisticScale(
      Float32Array.from(groupIndices(groups, group), (i) => values[i]),
      options.rule,
    ),
  );
}

/** What an estimator makes of the gradient of a rounded weight. */
export const ESTIMATORS: Record<
  QatOptions['estimator'],
  (gradient: number, w: number, scale: number) => number
> = {
  identity: (gradient) => gradient,
  clipped: (gradient, w, scale) => (scale === 0 || Math.abs(w) <= scale ? gradient : 0),
  box: (gradient, w, scale) => (scale === 0 ? gradient : Math.abs(w) < scale / 2 ? 2 * gradient : 0),
};

/** Gradient of a group's learned scale (Esser et al. 2020, Q_P = 1, gradient scale 1 ÷ √n). */
export function scaleGradient(
  gradient: readonly number[],
  weights: readonly number[],
  rounded: readonly number[],
  scale: number,
): number {
  const sum = weights.reduce((total, w, i) => {
    const slope = Math.abs(w) >= scale ? Math.sign(w) : (rounded[i] - w) / scale;
    return total + gradient[i] * slope;
  }, 0);
  return sum / Math.sqrt(weights.length);
}
