import { clusteredMean, clusterWindows, studentInterval, sum, type ClusteredMean } from './summary';
import type { Estimate } from './perplexity';
import type { Interval } from './proportions';

/** Fractions of the tokens at which distributions are described, from the maximum down. */
const FRACTIONS = [1, 0.999, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.01, 0.001, 0] as const;

/**
 * A fraction of the tokens, the value that this fraction does not exceed, and the value's 95 % interval. The extremes have none, nor
 * has a quantile so far out that too few tokens lie beyond it.
 */
type Quantile = [fraction: number, value: number] | [fraction: number, value: number, ci95: Interval];

/** A statistic with the standard error of independent tokens, and its 95 % interval clustered by window. */
interface TokenEstimate extends Estimate {
  ci95: Interval;
}

/**
 * Statistics over single tokens, as llama.cpp's `llama-perplexity --kl-divergence` computes them
 * (tools/perplexity/perplexity.cpp). Every standard error is that of a mean of independent tokens, as llama.cpp has it. Tokens of one
 * window are not quite independent, so the intervals, which are clustered by window, are the ones to decide by.
 */
export interface TokenStatistics {
  perplexity: TokenEstimate;
  baseline: TokenEstimate;
  /** Correlation of the losses of the two models over the tokens; null if one of them is constant. */
  correlation: number | null;
  /** The interval of the correlation; absent without one, and where the losses are equal. */
  correlationCi95?: Interval;
  /** ln(perplexity ÷ baseline). */
  logRatio: TokenEstimate;
  ratio: TokenEstimate;
  difference: TokenEstimate;
  /** KL(baseline ‖ model) in nats; absent where it was not measured. */
  kl?: { mean: TokenEstimate; quantiles: Quantile[] };
  /** Change of the probability of the right token, as a share of 1. */
  probability: { mean: TokenEstimate; rootMeanSquare: TokenEstimate; quantiles: Quantile[] };
  /** Share of tokens whose most likely token is the baseline's. */
  sameTop: TokenEstimate;
  /** Share of tokens that exactly one of the two models predicts right (Dutta et al. 2024, "Accuracy is Not All You Need"). */
  flips: TokenEstimate;
}

/** Losses, arg-maxima and divergences of the scored tokens, in the same order for both models. */
interface TokenLosses {
  nll: Float64Array;
  top: Uint32Array;
  kl?: Float64Array;
}

/** The scored tokens of a text, in the order of the losses. */
interface ScoredTokens {
  /** The right tokens. */
  targets: Uint32Array;
  /** The number of scored tokens of each window. */
  windows: readonly number[];
  /** Windows per cluster of the intervals. */
  block: number;
}

/**
 * Compares a model with its baseline token by token.
 *
 * Intervals are those of Student's t over clusters of windows: of means directly, of functions of means by the delta method, and of the
 * correlation by its influence function on Fisher's scale. A quantile's interval is that of the share of tokens up to it, mapped back
 * through the distribution (Woodruff 1952, "Confidence Intervals for Medians and Other Position Measures").
 */
export function tokenStatistics(
  model: TokenLosses,
  baseline: TokenLosses,
  scored: ScoredTokens,
): TokenStatistics {
  const { targets } = scored;
  const clusters = new TokenClusters(scored);
  const [own, base] = [model.nll, baseline.nll].map((nll) => clusters.mean(nll));
  const covariance = covarianceOf(model.nll, baseline.nll);
  const [perplexity, reference] = [exponential(own), exponential(base)];
  const logRatio = {
    value: own.value - base.value,
    standardError: root(own.standardError ** 2 + base.standardError ** 2 - 2 * covariance),
    ci95: clusters.mean(model.nll.map((nll, i) => nll - baseline.nll[i])).ci95,
  };
  const spread = own.standardError * base.standardError;
  const crossed = 2 * covariance * perplexity.value * reference.value;
  const correlation = spread > 0 ? covariance / spread : null;
  const changes = model.nll.map((nll, i) => Math.exp(-nll) - Math.exp(-baseline.nll[i]));
  const right = (losses: TokenLosses, i: number) => losses.top[i] === targets[i];
  return {
    perplexity,
    baseline: reference,
    correlation,
    ...correlationInterval(correlation, model.nll, baseline.nll, clusters),
    logRatio,
    ratio: exponential(logRatio),
    difference: {
      value: perplexity.value - reference.value,
      standardError: root(perplexity.standardError ** 2 + reference.standardError ** 2 - crossed),
      ci95: clusters.about(
        perplexity.value - reference.value,
        model.nll.map(
          (nll, i) => perplexity.value * (nll - own.value) - reference.value * (baseline.nll[i] - base.value),
        ),
      ),
    },
    ...(model.kl && { kl: { mean: clusters.mean(model.kl), quantiles: quantilesOf(model.kl, clusters) } }),
    probability: {
      mean: clusters.mean(changes),
      rootMeanSquare: rootMeanSquare(changes, clusters),
      quantiles: quantilesOf(changes, clusters),
    },
    sameTop: shareOf(clusters, (i) => model.top[i] === baseline.top[i]),
    flips: shareOf(clusters, (i) => right(model, i) !== right(baseline, i)),
  };
}

/** The scored tokens by cluster of neighbouring windows. */
class TokenClusters {
  readonly count: number;
  /** The number of tokens of each cluster. */
  private readonly tokens: readonly number[];

  constructor({ targets, windows, block }: ScoredTokens) {
    this.count = targets.length;
    this.tokens = clusterWindows(windows, block).map(sum);
  }

  /** Returns the mean of a value for each token, with the error of independent tokens and the clustered interval. */
  mean(values: Float64Array): TokenEstimate {
    return { ...meanOf(values), ci95: this.clustered(values).ci95 };
  }

  /** Returns the interval about a statistic. @param influences what each token adds to it, with mean zero */
  about(value: number, influences: Float64Array): Interval {
    const { standardError, degrees } = this.clustered(influences);
    return studentInterval(value, standardError, degrees);
  }

  clustered(values: Float64Array): ClusteredMean {
    let at = 0;
    return clusteredMean(
      this.tokens.map((weight) => ({ total: sum(values.subarray(at, (at += weight))), weight })),
    );
  }
}

function meanOf(values: Float64Array): Estimate {
  const count = values.length;
  const value = sum(values) / count;
  const variance = sum(values.map((x) => (x - value) ** 2)) / count;
  return { value, standardError: Math.sqrt(variance / (count - 1)) };
}

/** Returns the covariance of the means of two lists. */
function covarianceOf(a: Float64Array, b: Float64Array): number {
  const count = a.length;
  const [meanA, meanB] = [sum(a) / count, sum(b) / count];
  return sum(a.map((x, i) => (x - meanA) * (b[i] - meanB))) / count / (count - 1);
}

/** Returns the interval of a correlation r, whose influences are z₁·z₂ − r·(z₁² + z₂²)/2, from that of artanh r. */
function correlationInterval(
  correlation: number | null,
  a: Float64Array,
  b: Float64Array,
  clusters: TokenClusters,
): { correlationCi95?: Interval } {
  if (correlation === null || !(Math.abs(correlation) < 1)) return {};
  const [first, second] = [standardised(a), standardised(b)];
  const influences = first.map(
    (x, i) => (x * second[i] - (correlation * (x * x + second[i] * second[i])) / 2) / (1 - correlation ** 2),
  );
  const [low, high] = clusters.about(Math.atanh(correlation), influences);
  return { correlationCi95: [Math.tanh(low), Math.tanh(high)] };
}

function standardised(values: Float64Array): Float64Array {
  const { value, standardError } = meanOf(values);
  const deviation = standardError * Math.sqrt(values.length - 1);
  return values.map((x) => (x - value) / deviation);
}

/** The exponential of an estimate, with its error by the delta method. */
function exponential({ value, standardError, ci95: [low, high] }: TokenEstimate): TokenEstimate {
  return {
    value: Math.exp(value),
    standardError: Math.exp(value) * standardError,
    ci95: [Math.exp(low), Math.exp(high)],
  };
}

function rootMeanSquare(values: Float64Array, clusters: TokenClusters): TokenEstimate {
  const squares = clusters.mean(values.map((x) => x * x));
  const value = Math.sqrt(squares.value);
  return {
    value,
    standardError: value > 0 ? squares.standardError / (2 * value) : 0,
    ci95: [root(squares.ci95[0]), root(squares.ci95[1])],
  };
}

function shareOf(clusters: TokenClusters, holds: (token: number) => boolean): TokenEstimate {
  const hits = Float64Array.from({ length: clusters.count }, (_, i) => Number(holds(i)));
  const value = sum(hits) / clusters.count;
  return {
    value,
    standardError: Math.sqrt((value * (1 - value)) / (clusters.count - 1)),
    ci95: clusters.clustered(hits).ci95,
  };
}

function quantilesOf(values: Float64Array, clusters: TokenClusters): Quantile[] {
  const sorted = values.slice().sort();
  return FRACTIONS.map((fraction): Quantile => {
    const value = quantileOf(sorted, fraction);
    if (fraction === 0 || fraction === 1) return [fraction, value];
    const upTo = clusters.clustered(values.map((x) => Number(x <= value)));
    const [low, high] = studentInterval(fraction, upTo.standardError, upTo.degrees);
    // Where the interval of the share reaches beyond all tokens, they say nothing about the quantile's.
    if (low <= 0 || high >= 1) return [fraction, value];
    return [fraction, value, [quantileOf(sorted, low), quantileOf(sorted, high)]];
  });
}

/** Returns a quantile, linear between neighbouring values. */
function quantileOf(sorted: Float64Array, fraction: number): number {
  const at = fraction * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return (1 - (at - below)) * sorted[below] + (at - below) * sorted[above];
}

/** Returns the root of a number that rounding may have made slightly negative. */
function root(x: number): number {
  return Math.sqrt(Math.max(x, 0));
}
