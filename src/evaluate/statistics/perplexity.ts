import type { Interval } from './proportions';
import { clusteredMean, clusterWindows, residualError, studentInterval, sum } from './summary';

/** Sums over the scored tokens of one window, in nats. */
export interface TextSample {
  nll: number;
  baselineNll: number;
  kl?: number;
  tokens: number;
}

export interface Estimate {
  value: number;
  standardError: number;
}

export interface PerplexityComparison {
  /** Mean negative log-likelihood per token, in nats. */
  meanNll: number;
  /** Perplexity exp(mean NLL) and its standard error. */
  perplexity: Estimate;
  baseline: Estimate;
  /** Perplexity − baseline perplexity. */
  delta: number;
  deltaCi95: Interval;
  /** 100 · (exp(d) − 1), d the mean NLL difference. */
  deltaPercent: number;
  deltaPercentCi95: Interval;
  clusters: number;
}

/**
 * Perplexity of a codec against its baseline on the same windows, all intervals clustered by `block` windows (windows:
 * 1; sliding: ⌈context ÷ stride⌉, so that overlapping contexts fall into one cluster).
 */
export function comparePerplexity(windows: readonly TextSample[], block: number): PerplexityComparison {
  const paired = pairedDifference(windows, block);
  const own = perplexityOf(windows, block, (w) => w.nll);
  const baseline = perplexityOf(windows, block, (w) => w.baselineNll);
  const percent = (d: number) => 100 * Math.expm1(d);
  return {
    meanNll: own.mean,
    perplexity: own.estimate,
    baseline: baseline.estimate,
    delta: own.estimate.value - baseline.estimate.value,
    deltaCi95: perplexityDifferenceInterval(windows, block, own.mean, baseline.mean),
    deltaPercent: percent(paired.mean),
    deltaPercentCi95: [percent(paired.ci95[0]), percent(paired.ci95[1])],
    clusters: paired.degrees + 1,
  };
}

/** Mean NLL difference per token between two runs over the same windows, clustered. */
export function pairedDifference(windows: readonly TextSample[], block: number) {
  return clusteredMean(
    clusterWindows(windows, block).map((cluster) => ({
      total: sum(cluster.map((w) => w.nll - w.baselineNll)),
      weight: sum(cluster.map((w) => w.tokens)),
    })),
  );
}

function perplexityOf(windows: readonly TextSample[], block: number, loss: (w: TextSample) => number) {
  const clusters = clusterWindows(windows, block).map((cluster) => ({
    total: sum(cluster.map(loss)),
    weight: sum(cluster.map((w) => w.tokens)),
  }));
  const { mean, standardError } = clusteredMean(clusters);
  const value = Math.exp(mean);
  // Delta method: d exp(m) = exp(m) dm.
  return { mean, estimate: { value, standardError: value * standardError } };
}

/** Paired interval of exp(m₁) − exp(m₀) by the delta method: residuals exp(m₁)·(y₁ − m₁x) − exp(m₀)·(y₀ − m₀x). */
function perplexityDifferenceInterval(
  windows: readonly TextSample[],
  block: number,
  mean: number,
  baselineMean: number,
): Interval {
  const residuals = clusterWindows(windows, block).map((cluster) => {
    const tokens = sum(cluster.map((w) => w.tokens));
    const own = sum(cluster.map((w) => w.nll)) - mean * tokens;
    const base = sum(cluster.map((w) => w.baselineNll)) - baselineMean * tokens;
    return Math.exp(mean) * own - Math.exp(baselineMean) * base;
  });
  const standardError = residualError(residuals) / sum(windows.map((w) => w.tokens));
  return studentInterval(Math.exp(mean) - Math.exp(baselineMean), standardError, residuals.length - 1);
}
