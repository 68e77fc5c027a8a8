import { median, quantileSorted } from 'simple-statistics';
import { invariant } from '../../base/errors';
import { binomialUpperTail, studentQuantile } from './beta';
import type { Interval } from './proportions';

/** A mean over unequal clusters, with what its interval needs. */
export interface ClusteredMean {
  mean: number;
  standardError: number;
  /** Clusters − 1. */
  degrees: number;
  ci95: Interval;
}

/** Total loss and number of scored tokens of one cluster of windows. */
export interface Cluster {
  total: number;
  weight: number;
}

/**
 * Ratio estimator Σ total ÷ Σ weight with its standard error by the delta method,
 * SE² = C/(C−1) · Σ (total_c − mean · weight_c)² ÷ (Σ weight)² (Cochran, Sampling Techniques, 1977, eq. 6.13, infinite
 * population), and the 95 % interval of Student's t with C − 1 degrees of freedom.
 */
export function clusteredMean(clusters: readonly Cluster[]): ClusteredMean {
  invariant(clusters.length >= 2, 'an interval of fewer than two clusters');
  const weight = sum(clusters.map((c) => c.weight));
  const mean = sum(clusters.map((c) => c.total)) / weight;
  const residuals = clusters.map((c) => c.total - mean * c.weight);
  const standardError = residualError(residuals) / weight;
  const degrees = clusters.length - 1;
  return { mean, standardError, degrees, ci95: studentInterval(mean, standardError, degrees) };
}

/** √(C/(C−1) · Σ r²): the standard error of a sum of C independent residuals with mean zero. */
export function residualError(residuals: readonly number[]): number {
  const count = residuals.length;
  return Math.sqrt((count / (count - 1)) * sum(residuals.map((r) => r * r)));
}

export function studentInterval(mean: number, standardError: number, degrees: number): Interval {
  const reach = studentQuantile(0.975, degrees) * standardError;
  return [mean - reach, mean + reach];
}

/** Sum in float64 with Neumaier's compensation, so that the order of windows does not show in the last digits. */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Joins neighbouring windows into clusters of at least `block` windows; a remainder joins the last cluster. */
export function clusterWindows<T>(windows: readonly T[], block: number): T[][] {
  const count = Math.max(1, Math.floor(windows.length / block));
  return Array.from({ length: count }, (_, c) =>
    windows.slice(c * block, c === count - 1 ? windows.length : (c + 1) * block),
  );
}

/** Median, its 95 % interval and the samples they came from. */
export interface Summary {
  median: number;
  ci95: Interval;
  samples: number[];
}

/**
 * Median with its distribution-free 95 % interval (`quantileInterval`). With fewer than six samples no order statistics reach 95 %,
 * and the interval spans all of them.
 */
export function summarize(samples: readonly number[]): Summary {
  invariant(samples.length > 0, 'a median of no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const [low, high] = quantileInterval(sorted, 0.5);
  return { median: median(sorted), ci95: [low ?? sorted[0], high ?? sorted.at(-1)!], samples: [...samples] };
}

/** The probability with which a quantile lies beyond either end of its 95 % interval, at most. */
const TAIL = 0.025;

/**
 * Distribution-free 95 % interval of a quantile of independent samples: the order statistics X(r) and X(s) with the largest r for which
 * P(Binomial(n, q) < r) ≤ 2.5 %, and the smallest s for which P(Binomial(n, q) ≥ s) ≤ 2.5 % (David and Nagaraja, Order Statistics, 7.1).
 * An end is null where n is too small for one: the 99th percentile has an upper end from 368 samples on.
 * @param sorted ascending
 */
export function quantileInterval(
  sorted: readonly number[],
  q: number,
): [low: number | null, high: number | null] {
  const count = sorted.length;
  const rank = (isReached: (rank: number) => boolean) => {
    let [below, from] = [0, count + 1];
    while (from - below > 1) {
      const middle = (below + from) >> 1;
      if (isReached(middle)) from = middle;
      else below = middle;
    }
    return from;
  };
  const low = rank((r) => 1 - binomialUpperTail(r, count, q) > TAIL) - 1;
  const high = rank((s) => binomialUpperTail(s, count, q) <= TAIL);
  return [low < 1 ? null : sorted[low - 1], high > count ? null : sorted[high - 1]];
}

/** Median and 99th percentile of per-token values. */
export function medianAndP99(values: Float64Array): { median: number; p99: number } {
  const sorted = values.slice().sort() as unknown as number[];
  return { median: quantileSorted(sorted, 0.5), p99: quantileSorted(sorted, 0.99) };
}
