import { gammaln } from 'simple-statistics';
import { binomialUpperTail, bisect, inverseRegularizedBeta } from './beta';

export type Interval = [number, number];

/** Error probability of one side of a 95 % interval. */
const ONE_SIDE = 0.025;

/**
 * Exact two-sided interval for a proportion (Clopper and Pearson, Biometrika 26, 1934).
 * @param alpha total error probability, half on each side
 */
export function clopperPearson(hits: number, n: number, alpha = 2 * ONE_SIDE): Interval {
  const low = hits === 0 ? 0 : inverseRegularizedBeta(alpha / 2, hits, n - hits + 1);
  const high = hits === n ? 1 : inverseRegularizedBeta(1 - alpha / 2, hits + 1, n - hits);
  return [low, high];
}

/** Part of each side's error spent on the confidence bound of the nuisance parameter (Berger and Boos, 1994). */
const NUISANCE_ERROR = 0.0025;
/** Width to which a bound is located, and then moved outwards. */
const RESOLUTION = 1e-7;
const NUISANCE_GRID = 24;

/**
 * Exact 95 % interval for a difference of paired proportions p₊ − p₋, from the images only one of two classifiers got
 * right. Unconditional: the bounds invert one-sided exact tests of D = gained − lost, whose p-value is the largest tail
 * probability over the nuisance ψ = p₊ + p₋ below its own Clopper–Pearson bound, plus that bound's error (Berger and
 * Boos, JASA 89, 1994). Coverage is at least 95 % for every n; the interval is never [0, 0], also without discordant pairs.
 * @param gained pairs only the first classifier got right, `lost` only the second, of `n` pairs
 */
export function pairedProportions(gained: number, lost: number, n: number): Interval {
  const [, discordance] = clopperPearson(gained + lost, n, 2 * NUISANCE_ERROR);
  const level = ONE_SIDE - NUISANCE_ERROR;
  const low = (d: number) =>
    bisect((x) => tail(d, n, x, discordance) < level, -discordance, discordance, RESOLUTION);
  return [Math.max(-1, low(gained - lost) - RESOLUTION), Math.min(1, -low(lost - gained) + RESOLUTION)];
}

/**
 * The largest P(D ≥ d) at p₊ − p₋ = `difference` over |difference| ≤ ψ ≤ `discordance`. dP/dψ has the sign of
 * P(D′ = d − 1) − P(D′ = d), D′ over n − 1 pairs; for ψ ≤ ½ D′ is a shifted sum of Bernoulli variables, whose mode is
 * within 1 of its mean (Darroch, 1964): beyond it the tail only grows with ψ and its end is the maximum. Elsewhere a
 * grid is searched.
 */
function tail(d: number, n: number, difference: number, discordance: number): number {
  const lowest = Math.abs(difference);
  const largest = upperTail(d, n, difference, discordance);
  if (discordance <= 0.5 && d - 2 >= (n - 1) * difference) return largest;
  let result = largest;
  for (let i = 0; i < NUISANCE_GRID; i++) {
    const psi = lowest + ((discordance - lowest) * i) / NUISANCE_GRID;
    result = Math.max(result, upperTail(d, n, difference, psi));
  }
  return result;
}

/** P(gained − lost ≥ d): over m discordant pairs, gained ~ Binomial(m, θ), m ~ Binomial(n, ψ). */
function upperTail(d: number, n: number, difference: number, psi: number): number {
  if (psi <= 0) return d <= 0 ? 1 : 0;
  const theta = Math.min(1, Math.max(0, (psi + difference) / (2 * psi)));
  const spread = 9 * Math.sqrt(n * psi * (1 - psi)) + 9;
  const first = Math.max(0, Math.floor(n * psi - spread));
  const last = Math.min(n, Math.ceil(n * psi + spread));
  let sum = 0;
  for (let m = first; m <= last; m++)
    sum += binomialMass(m, n, psi) * binomialUpperTail(Math.ceil((m + d) / 2), m, theta);
  return sum;
}

function binomialMass(k: number, n: number, p: number): number {
  if (p >= 1) return k === n ? 1 : 0;
  const ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1);
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}
