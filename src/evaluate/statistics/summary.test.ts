import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { regularizedBeta, studentQuantile } from './beta';
import { comparePerplexity, pairedDifference, type TextSample } from './perplexity';
import { clusteredMean, clusterWindows, medianAndP99, quantileInterval, sum, summarize } from './summary';

const TABLE_PRECISION = 1e-6;
const COMPUTED = 1e-12;

test.each([
  // NIST/SEMATECH e-Handbook 1.3.6.7.2, with the digits R's qt prints.
  [0.975, 1, 12.7062047362],
  [0.975, 2, 4.3026527297],
  [0.975, 5, 2.5705818356],
  [0.975, 10, 2.228138852],
  [0.975, 30, 2.0422724563],
  [0.975, 120, 1.9799304051],
  [0.995, 10, 3.1692726726],
  [0.95, 1, 6.3137515147],
])('Student quantile at %d with %i degrees of freedom', (p, degrees, expected) => {
  expect(Math.abs(studentQuantile(p, degrees) - expected)).toBeLessThan(TABLE_PRECISION);
  expect(studentQuantile(1 - p, degrees)).toBeCloseTo(-expected, 5);
});

test('the incomplete beta function matches its closed forms', () => {
  // I_x(1, b) = 1 − (1 − x)^b; I_x(2, 3) is the polynomial 6x² − 8x³ + 3x⁴; I_½(a, a) = ½.
  expect(regularizedBeta(0.3, 1, 4)).toBeCloseTo(1 - 0.7 ** 4, 13);
  const x = 0.35;
  expect(regularizedBeta(x, 2, 3)).toBeCloseTo(6 * x ** 2 - 8 * x ** 3 + 3 * x ** 4, 13);
  expect(regularizedBeta(0.5, 700.5, 700.5)).toBeCloseTo(0.5, 11);
});

test('the ratio estimator and its standard error on a case worked by hand', () => {
  // Totals 2, 6, 7 over weights 1, 2, 2: mean 3; residuals −1, 0, 1; SE = √(3/2 · 2) ÷ 5; t(2) = 4.30265.
  const result = clusteredMean([
    { total: 2, weight: 1 },
    { total: 6, weight: 2 },
    { total: 7, weight: 2 },
  ]);
  const standardError = Math.sqrt(3) / 5;
  expect(result).toMatchObject({ mean: 3, degrees: 2 });
  expect(Math.abs(result.standardError - standardError)).toBeLessThan(COMPUTED);
  expect(result.ci95[0]).toBeCloseTo(3 - 4.3026527297 * standardError, 8);
  expect(result.ci95[1]).toBeCloseTo(3 + 4.3026527297 * standardError, 8);
});

test('clusters join neighbours and the remainder joins the last', () => {
  const joined = clusterWindows([1, 2, 3, 4, 5, 6, 7, 8], 3);
  expect(joined).toEqual([
    [1, 2, 3],
    [4, 5, 6, 7, 8],
  ]);
});

/** Windows of an autocorrelated series: each shares a part of its level with its neighbour, as overlapping contexts do. */
function* series(random: KeyedRandom, count: number, block: number, shift: number): Generator<TextSample> {
  let level = 0;
  for (let i = 0; i < count; i++) {
    if (i % block === 0) level = random.nextNormal();
    const tokens = 20 + (random.nextUint32() % 60);
    const text = 3 + level + 0.5 * random.nextNormal();
    const change = shift + 0.02 * level + 0.03 * random.nextNormal();
    yield { baselineNll: tokens * text, nll: tokens * (text + change), tokens };
  }
}

test('clustered intervals of mean and paired difference cover 93 to 97 % on autocorrelated windows', () => {
  const random = new KeyedRandom(11);
  const [repeats, count, block, shift] = [1500, 160, 4, 0.01];
  let [mean, paired, naive] = [0, 0, 0];
  const holds = ([low, high]: [number, number], truth: number) => Number(low <= truth && truth <= high);
  for (let r = 0; r < repeats; r++) {
    const windows = [...series(random, count, block, shift)];
    const own = clusterWindows(windows, block).map((c) => ({
      total: sum(c.map((w) => w.baselineNll)),
      weight: sum(c.map((w) => w.tokens)),
    }));
    mean += holds(clusteredMean(own).ci95, 3);
    paired += holds(pairedDifference(windows, block).ci95, shift);
    naive += holds(pairedDifference(windows, 1).ci95, shift);
  }
  for (const coverage of [mean / repeats, paired / repeats]) {
    expect(coverage).toBeGreaterThanOrEqual(0.93);
    expect(coverage).toBeLessThanOrEqual(0.97);
  }
  expect(naive / repeats, 'ignoring the clusters would claim too much').toBeLessThan(0.93);
});

test('the interval of a perplexity difference covers, and its sign agrees with the percentage', () => {
  const random = new KeyedRandom(12);
  const repeats = 800;
  let covered = 0;
  for (let r = 0; r < repeats; r++) {
    const windows = [...series(random, 40, 1, 0.01)];
    const compared = comparePerplexity(windows, 1);
    const truth = Math.exp(3.01) - Math.exp(3);
    if (compared.deltaCi95[0] <= truth && truth <= compared.deltaCi95[1]) covered++;
    expect(Math.sign(compared.delta)).toBe(Math.sign(compared.deltaPercent));
  }
  expect(covered / repeats).toBeGreaterThanOrEqual(0.92);
  expect(covered / repeats).toBeLessThanOrEqual(0.98);
});

test('perplexity and its comparison on constant windows are exact', () => {
  const windows = Array.from({ length: 4 }, () => ({ nll: 12, baselineNll: 10, tokens: 5 }));
  const compared = comparePerplexity(windows, 1);
  expect(compared.perplexity).toEqual({ value: Math.exp(12 / 5), standardError: 0 });
  expect(compared.baseline.value).toBe(Math.exp(2));
  expect(compared.delta).toBeCloseTo(Math.exp(2.4) - Math.exp(2), 12);
  expect(compared.deltaPercent).toBeCloseTo(100 * (Math.exp(0.4) - 1), 10);
  expect(compared.clusters).toBe(4);
});

test('the order-statistics interval of a median has the binomial ranks of the tables', () => {
  // Ranks from David and Nagaraja's table: n = 10: 2 and 9; n = 20: 6 and 15; n = 5 cannot reach 95 %.
  const of = (n: number) => summarize(Array.from({ length: n }, (_, i) => n - i)).ci95;
  expect(of(5)).toEqual([1, 5]);
  expect(of(6)).toEqual([1, 6]);
  expect(of(10)).toEqual([2, 9]);
  expect(of(20)).toEqual([6, 15]);
  expect(summarize([3, 1, 2]).median).toBe(2);
});

test('the interval of a quantile lies between order statistics, if there are enough of them', () => {
  const of = (n: number, q: number) =>
    quantileInterval(
      Array.from({ length: n }, (_, i) => i + 1),
      q,
    );
  // Without a miss among n tokens: 0.99^367 = 0.02501 and 0.99^368 = 0.02476; 0.95^100 = 0.0059, with one miss 0.0371.
  expect(of(367, 0.99)[1]).toBeNull();
  expect(of(368, 0.99)[1]).toBe(368);
  expect(of(100, 0.95)[1]).toBe(100);
  // qbinom(0.025, 100, 0.95) = 90 and qbinom(0.975, 100, 0.5) = 60 in R.
  expect(of(100, 0.95)[0]).toBe(90);
  expect(of(100, 0.5)).toEqual([40, 61]);
  expect(of(5, 0.5)).toEqual([null, null]);
});

test('sums keep what float64 would lose; median and 99th percentile of tokens', () => {
  expect(sum([1e16, 1, -1e16, 1])).toBe(2);
  const values = Float64Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
  const { median, p99 } = medianAndP99(values);
  expect(median).toBe(499.5);
  expect(p99).toBeGreaterThanOrEqual(989);
  expect(p99).toBeLessThanOrEqual(990);
});
