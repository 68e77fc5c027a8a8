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
 * P(D′ = d − 1) − P(D′ = d), D′ over n − 1 pairs. Where p₀² ≥ 4·p₊·p₋, that is ψ ≤ (1 + difference²) ÷ 2, D′ is a shifted
 * sum of Bernoulli variables, whose mode is within 1 of its mean (Darroch, 1964): beyond it the tail only grows with ψ
 * and its end is the maximum. Elsewhere a grid is searched.
 */
function tail(d: number, n: number, difference: number, discordance: number): number {
  const lowest = Math.abs(difference);
  let largest = upperTail(d, n, difference, discordance);
  if (2 * discordance <= 1 + difference ** 2 && d - 2 >= (n - 1) * difference) return largest;
  for (let i = 0; i < NUISANCE_GRID; i++) {
    const psi = lowest + ((discordance - lowest) * i) / NUISANCE_GRID;
    largest = Math.max(largest, upperTail(d, n, difference, psi));
  }
  return largest;
}

/**
 * P(gained − lost ≥ d) = Σ P(m discordant) · P(gained ≥ k | m), k = ⌈(m + d) ÷ 2⌉, with m ~ Binomial(n, ψ) and
 * gained ~ Binomial(m, θ). The inner tail follows from m to m + 1 and from k to k + 1 by one binomial term each.
 */
function upperTail(d: number, n: number, difference: number, psi: number): number {
  if (psi <= 0) return d <= 0 ? 1 : 0;
  const theta = Math.min(1, Math.max(0, (psi + difference) / (2 * psi)));
  const spread = 9 * Math.sqrt(n * psi * (1 - psi)) + 9;
  const first = Math.max(0, Math.floor(n * psi - spread));
  const last = Math.min(n, Math.ceil(n * psi + spread));
  let k = Math.ceil((first + d) / 2);
  let inner = binomialUpperTail(k, first, theta);
  let sum = 0;
  for (let m = first; m <= last; m++) {
    sum += binomialMass(m, n, psi) * inner;
    inner += theta * binomialMass(k - 1, m, theta);
    if (Math.ceil((m + 1 + d) / 2) === k) continue;
    inner -= binomialMass(k, m + 1, theta);
    k++;
  }
  return sum;
}

const logFactorials = [0];

function logFactorial(n: number): number {
  for (let i = logFactorials.length; i <= n; i++) logFactorials.push(gammaln(i + 1));
  return logFactorials[n];
}

function binomialMass(k: number, n: number, p: number): number {
  if (k < 0 || k > n) return 0;
  if (p <= 0 || p >= 1) return Number(k === (p <= 0 ? 0 : n));
  const ways = logFactorial(n) - logFactorial(k) - logFactorial(n - k);
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}
