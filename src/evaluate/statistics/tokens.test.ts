import { describe, expect, test } from 'vitest';
import { tokenStatistics, type TokenStatistics } from './tokens';

const nll = (...probabilities: number[]) => Float64Array.from(probabilities, (p) => -Math.log(p));
/** Returns quantiles by fraction. */
const valuesOf = (quantiles: TokenStatistics['probability']['quantiles']) =>
  new Map(quantiles.map(([fraction, value]) => [fraction, value]));
/** Two windows of two tokens. */
const SCORED = { targets: Uint32Array.of(1, 2, 3, 4), windows: [2, 2], block: 1 };

describe('statistics over tokens, calculated by hand', () => {
  const model = {
    nll: nll(0.5, 0.25, 0.5, 0.125),
    top: Uint32Array.of(1, 9, 3, 9),
    kl: Float64Array.of(4, 1, 3, 2),
  };
  const baseline = { nll: nll(0.5, 0.5, 0.25, 0.125), top: Uint32Array.of(1, 2, 8, 9) };
  const found = tokenStatistics(model, baseline, SCORED);

  test('perplexities are geometric means of 1 ÷ p', () => {
    // log₂: 1, 2, 1, 3 and 1, 1, 2, 3.
    expect(found.perplexity.value).toBeCloseTo(2 ** (7 / 4), 12);
    expect(found.baseline.value).toBeCloseTo(2 ** (7 / 4), 12);
    // Variance of 1, 2, 1, 3 about 7/4 is 11/16; the error of the mean of 4 is √(11/16 ÷ 3).
    const error = Math.LN2 * Math.sqrt(11 / 48);
    expect(found.perplexity.standardError).toBeCloseTo(2 ** (7 / 4) * error, 12);
    // Σ (a − 7/4)(b − 7/4) = 9/16 − 3/16 − 3/16 + 25/16 = 28/16 of 44/16.
    expect(found.correlation).toBeCloseTo(28 / 44, 12);
    expect(found.logRatio.value).toBeCloseTo(0, 12);
    expect(found.logRatio.standardError).toBeCloseTo(error * Math.sqrt(2 - 2 * (28 / 44)), 12);
    expect(found.ratio.value).toBeCloseTo(1, 12);
  });

  test('quantiles are linear between neighbours', () => {
    const quantiles = valuesOf(found.kl!.quantiles);
    expect([1, 0.5, 0.25, 0].map((fraction) => quantiles.get(fraction))).toEqual([4, 2.5, 1.75, 1]);
    expect(found.kl!.mean.value).toBe(2.5);
  });

  test('probabilities, tops and flips', () => {
    // p − p₀: 0, −1/4, 1/4, 0.
    expect(found.probability.mean.value).toBeCloseTo(0, 12);
    expect(found.probability.rootMeanSquare.value).toBeCloseTo(Math.sqrt(1 / 32), 12);
    expect(valuesOf(found.probability.quantiles).get(1)).toBeCloseTo(0.25, 12);
    expect(found.sameTop.value).toBe(0.5);
    // Tokens 2 and 3 are right for exactly one of the two.
    expect(found.flips).toMatchObject({ value: 0.5, standardError: Math.sqrt(0.25 / 3) });
  });

  test('a model compared with itself', () => {
    const same = tokenStatistics(baseline, baseline, SCORED);
    expect(same).toMatchObject({
      logRatio: { value: 0, standardError: 0 },
      sameTop: { value: 1 },
      flips: { value: 0 },
    });
    expect(same.correlation).toBeCloseTo(1, 12);
    expect(same).not.toHaveProperty('kl');
  });
});

/** The quantile of Student's t with one degree of freedom, tan(0.95 · π/2). */
const T1 = Math.tan(0.95 * (Math.PI / 2));

describe('intervals over windows, calculated by hand', () => {
  const top = Uint32Array.of(1, 1, 1, 1);
  const kl = Float64Array.of(1, 3, 5, 7);
  const nll = Float64Array.of(1, 2, 2, 1);
  const baseline = { nll: Float64Array.of(1, 1, 1, 2), top };
  const found = tokenStatistics({ nll, top, kl }, baseline, SCORED);

  test('of a mean: the windows have means 2 and 6', () => {
    const [low, high] = found.kl!.mean.ci95;
    expect(found.kl!.mean.value).toBe(4);
    // √(2/1 · (4² + 4²)) ÷ 4 = 2.
    expect(high - 4).toBeCloseTo(2 * T1, 8);
    expect(4 - low).toBeCloseTo(2 * T1, 8);
  });

  test('of a function of means: the exponential of the bounds, and the delta method', () => {
    // Differences 0, 1, 1, −1 have sums 1 and 0 about 1/4; √(2 · (½² + ½²)) ÷ 4 = 1/4.
    const [low, high] = found.logRatio.ci95;
    expect([low, high].map((x) => x - 0.25)).toEqual([expect.closeTo(-T1 / 4, 8), expect.closeTo(T1 / 4, 8)]);
    expect(found.ratio.ci95[1]).toBeCloseTo(Math.exp(high), 8);
  });

  test('of a quantile: the interval of the share up to it, mapped back; none where it reaches beyond all tokens', () => {
    expect(found.kl!.quantiles.every((quantile) => quantile.length === 2)).toBe(true);
    // 100 windows of two tokens, which hold 2w and 2w + 1 for w = 0 to 99: up to the median are the tokens of 50 windows.
    const count = 200;
    const many = Float64Array.from({ length: count }, (_, i) => i);
    const tops = new Uint32Array(count);
    const flat = { nll: new Float64Array(count), top: tops };
    const scored = { targets: tops, windows: Array<number>(100).fill(2), block: 1 };
    const { quantiles } = tokenStatistics({ ...flat, kl: many }, flat, scored).kl!;
    const [, median, ci95] = quantiles.find(([fraction]) => fraction === 0.5)!;
    expect(median).toBe(99.5);
    // Shares of 0 and 1 in halves: √(100/99 · 100 · 1) ÷ 200, times t(99) = 1.98422, of 199 steps.
    const reach = (1.98422 * Math.sqrt(100 / 99)) / 20;
    expect(ci95![0]).toBeCloseTo(99.5 - 199 * reach, 2);
    expect(ci95![1]).toBeCloseTo(99.5 + 199 * reach, 2);
    expect(quantiles[0]).toEqual([1, 199]);
  });

  test('of the correlation: within −1 and 1, and none where the losses are equal', () => {
    const [low, high] = found.correlationCi95!;
    expect(low).toBeLessThan(found.correlation!);
    expect(high).toBeGreaterThan(found.correlation!);
    expect(Math.max(-low, high)).toBeLessThanOrEqual(1);
    expect(tokenStatistics(baseline, baseline, SCORED)).not.toHaveProperty('correlationCi95');
  });
});
