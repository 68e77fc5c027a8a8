import { gammaln } from 'simple-statistics';

const TINY = 1e-300;
const PRECISION = 1e-16;
const MAX_TERMS = 100_000;
/** Halvings until an interval of width 1 is below the spacing of float64 numbers near its root. */
const HALVINGS = 1100;

/**
 * Regularised incomplete beta function I_x(a, b) for 0 ≤ x ≤ 1 and a, b > 0.
 * Continued fraction DLMF 8.17.22 by Lentz's method, on the side of the mode where it converges fast.
 */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * continuedFraction(x, a, b)) / a
    : 1 - (front * continuedFraction(1 - x, b, a)) / b;
}

function continuedFraction(x: number, a: number, b: number): number {
  const guard = (v: number) => (Math.abs(v) < TINY ? TINY : v);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < PRECISION) break;
  }
  return fraction;
}

/** The x in [0, 1] with I_x(a, b) = p, by bisection to the last float64 digit. */
export function inverseRegularizedBeta(p: number, a: number, b: number): number {
  return bisect((x) => regularizedBeta(x, a, b) < p, 0, 1);
}

/** The point in [low, high] where the monotone `isBelow` turns from true to false, to float64 spacing. */
export function bisect(isBelow: (x: number) => boolean, low: number, high: number, width = 0): number {
  for (let i = 0; i < HALVINGS && high - low > width; i++) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return low + (high - low) / 2;
}

/**
 * Quantile of Student's t with `degrees` degrees of freedom (any positive number), from
 * P(|T| > t) = I_{ν/(ν+t²)}(ν/2, ½) (Abramowitz and Stegun 26.7.1).
 */
export function studentQuantile(probability: number, degrees: number): number {
  if (probability < 0.5) return -studentQuantile(1 - probability, degrees);
  if (probability === 0.5) return 0;
  const x = inverseRegularizedBeta(2 * (1 - probability), degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - x)) / x);
}

/** P(Binomial(n, p) ≥ k) = I_p(k, n − k + 1) (DLMF 8.17.5). */
export function binomialUpperTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return regularizedBeta(p, k, n - k + 1);
}
