import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { clopperPearson, pairedProportions } from './proportions';

const FOUR_DECIMALS = 4;

test.each([
  // Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 5.
  [81, 263, 0.2527, 0.3676],
  [15, 148, 0.0578, 0.1617],
  [0, 20, 0, 0.1684],
  [1, 29, 0.0009, 0.1776],
])('Clopper–Pearson interval of %i in %i', (hits, n, low, high) => {
  const interval = clopperPearson(hits, n);
  expect(interval[0]).toBeCloseTo(low, FOUR_DECIMALS);
  expect(interval[1]).toBeCloseTo(high, FOUR_DECIMALS);
});

/** P(gained = b, lost = c) for every b, c of n pairs. */
function* trinomial(n: number, plus: number, minus: number): Generator<[number, number, number]> {
  const logFactorial = [0];
  for (let i = 1; i <= n; i++) logFactorial.push(logFactorial[i - 1] + Math.log(i));
  for (let b = 0; b <= n; b++)
    for (let c = 0; b + c <= n; c++) {
      const ways = logFactorial[n] - logFactorial[b] - logFactorial[c] - logFactorial[n - b - c];
      yield [b, c, Math.exp(ways) * plus ** b * minus ** c * (1 - plus - minus) ** (n - b - c)];
    }
}

test('the paired interval covers at least 95 % exactly, for every difference and discordance of a grid', () => {
  const n = 20;
  const intervals = new Map<string, [number, number]>();
  for (let b = 0; b <= n; b++)
    for (let c = 0; b + c <= n; c++) intervals.set(`${b},${c}`, pairedProportions(b, c, n));
  let smallest = 1;
  for (let plus = 0; plus <= 1; plus += 0.05)
    for (let minus = 0; plus + minus <= 1; minus += 0.05) {
      let covered = 0;
      for (const [b, c, p] of trinomial(n, plus, minus)) {
        const [low, high] = intervals.get(`${b},${c}`)!;
        if (low <= plus - minus && plus - minus <= high) covered += p;
      }
      smallest = Math.min(smallest, covered);
    }
  expect(smallest).toBeGreaterThanOrEqual(0.95);
  expect(smallest, 'the interval is not vacuous').toBeLessThan(0.985);
});

test('the paired interval covers in simulation at the sizes the lab uses', () => {
  const random = new KeyedRandom(20);
  const [n, plus, minus, repeats] = [256, 0.06, 0.03, 400];
  const cache = new Map<string, [number, number]>();
  let covered = 0;
  for (let r = 0; r < repeats; r++) {
    const draws = Array.from({ length: n }, () => random.nextUniform());
    const gained = draws.filter((u) => u < plus).length;
    const lost = draws.filter((u) => u >= plus && u < plus + minus).length;
    const key = `${gained},${lost}`;
    const [low, high] = cache.get(key) ?? pairedProportions(gained, lost, n);
    cache.set(key, [low, high]);
    if (low <= plus - minus && plus - minus <= high) covered++;
  }
  expect(covered / repeats).toBeGreaterThanOrEqual(0.95);
});

test('without discordant pairs the interval has a positive width of at most twelve in n', () => {
  const n = 256;
  const [low, high] = pairedProportions(0, 0, n);
  expect(high).toBeCloseTo(-low, 6);
  // A true difference of −ln(0.025) ÷ n would leave no discordant pair once in forty: it must be inside.
  expect(high).toBeGreaterThan(-Math.log(0.025) / n);
  expect(high).toBeLessThan(6 / n);
});

test('many one-sided discordant pairs exclude zero, balanced ones do not', () => {
  expect(pairedProportions(30, 6, 256)[0]).toBeGreaterThan(0);
  expect(pairedProportions(6, 30, 256)[1]).toBeLessThan(0);
  const [low, high] = pairedProportions(20, 20, 2000);
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0);
  // Narrower than two Clopper–Pearson intervals at 97.5 % each (Bonferroni) by a fifth.
  const bonferroni = clopperPearson(20, 2000, 0.025)[1] - clopperPearson(20, 2000, 0.025)[0];
  expect(high).toBeLessThan(0.8 * bonferroni);
});

test('swapping the classifiers mirrors the interval, which holds the observed difference', () => {
  fc.assert(
    fc.property(fc.nat(12), fc.nat(12), fc.integer({ min: 24, max: 60 }), (gained, lost, n) => {
      const [low, high] = pairedProportions(gained, lost, n);
      const mirrored = pairedProportions(lost, gained, n);
      expect(mirrored[0]).toBeCloseTo(-high, 6);
      expect(mirrored[1]).toBeCloseTo(-low, 6);
      expect(low).toBeLessThan((gained - lost) / n);
      expect(high).toBeGreaterThan((gained - lost) / n);
    }),
    { seed: 5, numRuns: 40 },
  );
});
