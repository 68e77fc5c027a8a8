import { sum } from './summary';
import type { Estimate } from './perplexity';

/** Fractions of the tokens at which distributions are described, from the maximum down. */
const FRACTIONS = [1, 0.999, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05, 0.01, 0.001, 0] as const;

/** A fraction of the tokens, and the value that this fraction does not exceed. */
type Quantile = [fraction: number, value: number];

/**
 * Statistics over single tokens, as llama.cpp's `llama-perplexity --kl-divergence` computes them
 * (tools/perplexity/perplexity.cpp). Every standard error is that of a mean of independent tokens. Tokens of one window are not
 * quite independent, so the intervals of a record, which are clustered by window, are the ones to decide by.
 */
export interface TokenStatistics {
  perplexity: Estimate;
  baseline: Estimate;
  /** Correlation of the losses of the two models over the tokens; null if one of them is constant. */
  correlation: number | null;
  /** ln(perplexity ÷ baseline). */
  logRatio: Estimate;
  ratio: Estimate;
  difference: Estimate;
  /** KL(baseline ‖ model) in nats; absent where it was not measured. */
  kl?: { mean: Estimate; quantiles: Quantile[] };
  /** Change of the probability of the right token, as a share of 1. */
  probability: { mean: Estimate; rootMeanSquare: Estimate; quantiles: Quantile[] };
  /** Share of tokens whose most likely token is the baseline's. */
  sameTop: Estimate;
  /** Share of tokens that exactly one of the two models predicts right (Dutta et al. 2024, "Accuracy is Not All You Need"). */
  flips: Estimate;
}

/** Losses, arg-maxima and divergences of the scored tokens, in the same order for both models. */
interface TokenLosses {
  nll: Float64Array;
  top: Uint32Array;
  kl?: Float64Array;
}

/** Compares a model with its baseline token by token. @param targets the right tokens */
export function tokenStatistics(
  model: TokenLosses,
  baseline: TokenLosses,
  targets: Uint32Array,
): TokenStatistics {
  const [own, base] = [meanOf(model.nll), meanOf(baseline.nll)];
  const covariance = covarianceOf(model.nll, baseline.nll);
  const [perplexity, reference] = [exponential(own), exponential(base)];
  const logRatio = {
    value: own.value - base.value,
    standardError: root(own.standardError ** 2 + base.standardError ** 2 - 2 * covariance),
  };
  const spread = own.standardError * base.standardError;
  const crossed = 2 * covariance * perplexity.value * reference.value;
  const changes = model.nll.map((nll, i) => Math.exp(-nll) - Math.exp(-baseline.nll[i]));
  const right = (losses: TokenLosses, i: number) => losses.top[i] === targets[i];
  return {
    perplexity,
    baseline: reference,
    correlation: spread > 0 ? covariance / spread : null,
    logRatio,
    ratio: exponential(logRatio),
    difference: {
      value: perplexity.value - reference.value,
      standardError: root(perplexity.standardError ** 2 + reference.standardError ** 2 - crossed),
    },
    ...(model.kl && { kl: { mean: meanOf(model.kl), quantiles: quantilesOf(model.kl) } }),
    probability: {
      mean: meanOf(changes),
      rootMeanSquare: rootMeanSquare(changes),
      quantiles: quantilesOf(changes),
    },
    sameTop: shareOf(targets, (i) => model.top[i] === baseline.top[i]),
    flips: shareOf(targets, (i) => right(model, i) !== right(baseline, i)),
  };
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

/** The exponential of an estimate, with its error by the delta method. */
function exponential({ value, standardError }: Estimate): Estimate {
  return { value: Math.exp(value), standardError: Math.exp(value) * standardError };
}

function rootMeanSquare(values: Float64Array): Estimate {
  const squares = meanOf(values.map((x) => x * x));
  const value = Math.sqrt(squares.value);
  return { value, standardError: value > 0 ? squares.standardError / (2 * value) : 0 };
}

function shareOf(targets: Uint32Array, holds: (token: number) => boolean): Estimate {
  const count = targets.length;
  const value = targets.reduce((hits, _, i) => hits + Number(holds(i)), 0) / count;
  return { value, standardError: Math.sqrt((value * (1 - value)) / (count - 1)) };
}

/** Returns the quantiles, linear between neighbouring values. */
function quantilesOf(values: Float64Array): Quantile[] {
  const sorted = values.slice().sort();
  return FRACTIONS.map((fraction) => {
    const at = fraction * (sorted.length - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, sorted.length - 1);
    return [fraction, (1 - (at - below)) * sorted[below] + (at - below) * sorted[above]];
  });
}

/** Returns the root of a number that rounding may have made slightly negative. */
function root(x: number): number {
  return Math.sqrt(Math.max(x, 0));
}
