import { invariant } from '../../../base/errors';
import { bootstrapDifference } from '../../../evaluate/statistics/bootstrap';
import { comparePerplexity, type Estimate } from '../../../evaluate/statistics/perplexity';
import { pairedProportions, type Interval } from '../../../evaluate/statistics/proportions';
import { clusteredMean, sum } from '../../../evaluate/statistics/summary';
import type { ExampleScore, TaskExample, TaskMetric, TokensLoss } from './task';

/** How much worse than the baseline a codec may be, as a share of the baseline's value. */
const MARGIN = 0.1;

/** Whether a codec is at most 10 % worse than the baseline, by the 95 % interval. */
export type WithinMargin = 'holds' | 'fails' | 'unsure';

/** A codec's value of a metric against the baseline's on the same examples. */
interface MetricComparison {
  baseline: Estimate;
  /** value − baseline, with its 95 % interval (paired). */
  delta: number;
  deltaCi95: Interval;
  /** 100 · (value ÷ baseline − 1); null if the baseline is 0. */
  changePercent: number | null;
  withinTenPercent: WithinMargin;
}

/** A metric over all examples. */
export interface MetricResult extends TaskMetric, Estimate {
  /** Absent for the baseline itself. */
  comparison?: MetricComparison;
}

/** One example's part in a metric, and the baseline's. */
interface Pair {
  own: number | TokensLoss;
  baseline: number | TokensLoss;
  cluster: string | undefined;
}

/**
 * Summarises the scores of all examples, at least two of them and of their clusters.
 * Differences of proportions of independent examples have an exact interval, other means one by bootstrap over the clusters,
 * perplexities one by Student's t over the clusters.
 * @param baseline the baseline's scores of the same examples; undefined if these are the baseline's
 */
export function summariseScores(
  metrics: readonly TaskMetric[],
  examples: readonly TaskExample[],
  scores: readonly ExampleScore[],
  baseline?: readonly ExampleScore[],
): MetricResult[] {
  invariant(examples.length === scores.length, 'one score for each example');
  return metrics.map((metric) => {
    const pairs = scores.map(({ values }, i) => ({
      own: values[metric.id],
      baseline: (baseline ?? scores)[i].values[metric.id],
      cluster: examples[i].cluster,
    }));
    const { own, ...comparison } = metric.kind === 'perplexity' ? perplexities(pairs) : means(metric, pairs);
    return { ...metric, ...own, ...(baseline && { comparison }) };
  });
}

type Compared = MetricComparison & { own: Estimate };

function perplexities(pairs: readonly Pair[]): Compared {
  const samples = clustersOf(pairs).map((cluster) => {
    const losses = cluster.map(({ own, baseline }) => ({
      own: own as TokensLoss,
      base: baseline as TokensLoss,
    }));
    return {
      nll: sum(losses.map(({ own }) => own.nll)),
      baselineNll: sum(losses.map(({ base }) => base.nll)),
      tokens: sum(losses.map(({ own }) => own.tokens)),
    };
  });
  const { perplexity, baseline, delta, deltaCi95, deltaPercent, deltaPercentCi95 } = comparePerplexity(
    samples,
    1,
  );
  return {
    own: perplexity,
    baseline,
    delta,
    deltaCi95,
    changePercent: deltaPercent,
    withinTenPercent: perplexityWithinMargin(deltaPercentCi95),
  };
}

function means({ kind }: TaskMetric, pairs: readonly Pair[]): Compared {
  const clusters = clustersOf(pairs);
  const estimate = (value: (pair: Pair) => number): Estimate => {
    const totals = clusters.map((cluster) => ({ total: sum(cluster.map(value)), weight: cluster.length }));
    const { mean, standardError } = clusteredMean(totals);
    return { value: mean, standardError };
  };
  const [own, baseline] = [
    estimate((pair) => pair.own as number),
    estimate((pair) => pair.baseline as number),
  ];
  const isExact = kind === 'proportion' && clusters.length === pairs.length;
  const deltaCi95 = isExact ? exactInterval(pairs) : bootstrapDifference(clusters.map(differenceOf));
  return {
    own,
    baseline,
    delta: own.value - baseline.value,
    deltaCi95,
    changePercent: baseline.value === 0 ? null : 100 * (own.value / baseline.value - 1),
    withinTenPercent: valueWithinMargin(deltaCi95, baseline.value),
  };
}

function exactInterval(pairs: readonly Pair[]): Interval {
  const gained = pairs.filter(({ own, baseline }) => own > baseline).length;
  const lost = pairs.filter(({ own, baseline }) => own < baseline).length;
  return pairedProportions(gained, lost, pairs.length);
}

function differenceOf(cluster: readonly Pair[]): { total: number; weight: number } {
  const differences = cluster.map(({ own, baseline }) => (own as number) - (baseline as number));
  return { total: sum(differences), weight: cluster.length };
}

/** Groups pairs by cluster; a pair without one is its own. */
function clustersOf(pairs: readonly Pair[]): Pair[][] {
  const clusters = new Map<string, Pair[]>();
  pairs.forEach((pair, i) => {
    const key = pair.cluster === undefined ? `#${i}` : `=${pair.cluster}`;
    const cluster = clusters.get(key);
    if (cluster) cluster.push(pair);
    else clusters.set(key, [pair]);
  });
  return [...clusters.values()];
}

/**
 * Whether a value that should be large lost at most 10 % of the baseline's, which is taken as measured. Nothing can be lost from a
 * baseline of 0, so that it decides nothing.
 * @param deltaCi95 interval of value − baseline
 */
export function valueWithinMargin([low, high]: Interval, baseline: number): WithinMargin {
  if (baseline > 0 && low >= -MARGIN * baseline) return 'holds';
  return baseline > 0 && high < -MARGIN * baseline ? 'fails' : 'unsure';
}

/** Whether a perplexity rose by at most 10 %. @param deltaPercentCi95 interval of 100 · (value ÷ baseline − 1) */
export function perplexityWithinMargin([low, high]: Interval): WithinMargin {
  if (high <= 100 * MARGIN) return 'holds';
  return low > 100 * MARGIN ? 'fails' : 'unsure';
}
