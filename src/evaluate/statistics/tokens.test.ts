import { describe, expect, test } from 'vitest';
import { tokenStatistics } from './tokens';

const nll = (...probabilities: number[]) => Float64Array.from(probabilities, (p) => -Math.log(p));
const TARGETS = Uint32Array.of(1, 2, 3, 4);

describe('statistics over tokens, calculated by hand', () => {
  const model = {
    nll: nll(0.5, 0.25, 0.5, 0.125),
    top: Uint32Array.of(1, 9, 3, 9),
    kl: Float64Array.of(4, 1, 3, 2),
  };
  const baseline = { nll: nll(0.5, 0.5, 0.25, 0.125), top: Uint32Array.of(1, 2, 8, 9) };
  const found = tokenStatistics(model, baseline, TARGETS);

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
    const quantiles = new Map(found.kl!.quantiles);
    expect([1, 0.5, 0.25, 0].map((fraction) => quantiles.get(fraction))).toEqual([4, 2.5, 1.75, 1]);
    expect(found.kl!.mean.value).toBe(2.5);
  });

  test('probabilities, tops and flips', () => {
    // p − p₀: 0, −1/4, 1/4, 0.
    expect(found.probability.mean.value).toBeCloseTo(0, 12);
    expect(found.probability.rootMeanSquare.value).toBeCloseTo(Math.sqrt(1 / 32), 12);
    expect(new Map(found.probability.quantiles).get(1)).toBeCloseTo(0.25, 12);
    expect(found.sameTop.value).toBe(0.5);
    // Tokens 2 and 3 are right for exactly one of the two.
    expect(found.flips).toEqual({ value: 0.5, standardError: Math.sqrt(0.25 / 3) });
  });

  test('a model compared with itself', () => {
    const same = tokenStatistics(baseline, baseline, TARGETS);
    expect(same).toMatchObject({
      logRatio: { value: 0, standardError: 0 },
      sameTop: { value: 1 },
      flips: { value: 0 },
    });
    expect(same.correlation).toBeCloseTo(1, 12);
    expect(same).not.toHaveProperty('kl');
  });
});
