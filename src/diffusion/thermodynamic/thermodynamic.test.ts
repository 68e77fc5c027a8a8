import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { validateTransitions } from './markov';
import { interpolationWeight, smoothBoundaries, INTERPOLATION_NAMES } from './smoothing';
import { groupOfWeights, quantiseByGroup, timeGroups, type GroupParameters } from './timeGroups';
import {
  gaussianDivergence,
  histogramEntropy,
  optimiseTransitions,
  roundToTwoBits,
  TRANSITION_SCHEDULES,
  transitionBetas,
  transitionLoss,
} from './transition';

/** The project's benchmark data: 100 steps in four parts of ranges ±1, ±1.5, ±2 and ±2.5. */
const ranges = Array.from({ length: 100 }, (_, t) => {
  const max = 1 + 0.5 * Math.floor(t / 25);
  return { min: -max, max };
});
const groups = timeGroups(ranges, 4);
const scales = (list: readonly GroupParameters[]) => list.map(({ scale }) => scale * 127.5);
const flat = (scale: number, zeroPoint = 127.5) => ({ scale, zeroPoint });

describe('time groups', () => {
  test('are equal parts with the range of their steps', () => {
    expect(groups.map(({ start, end }) => [start, end])).toEqual([
      [0, 25],
      [25, 50],
      [50, 75],
      [75, 100],
    ]);
    scales(groups).forEach((scale, i) => expect(scale).toBeCloseTo([1, 1.5, 2, 2.5][i], 12));
    groups.forEach(({ zeroPoint }) => expect(zeroPoint).toBeCloseTo(127.5, 10));
    expect(timeGroups(ranges.slice(0, 10), 3).map(({ start }) => start)).toEqual([0, 3, 6]);
  });

  test('are no more than the steps, and have a scale without a range', () => {
    const [only] = timeGroups([{ min: 2, max: 2 }], 7);
    expect(only).toEqual({ start: 0, end: 1, scale: 1e-6, zeroPoint: -2e6 });
  });

  test('weights are rounded by the group of their place in the array', () => {
    expect([0, 3, 4, 7, 8, 9].map(groupOfWeights(10, 3))).toEqual([0, 0, 1, 1, 2, 2]);
    const restored = quantiseByGroup(Float64Array.of(0.5, 3, 0.5, -3), [flat(0.1, 100), flat(0.02, 100)]);
    // 3 ÷ 0.1 + 100 = 130; 3 ÷ 0.02 + 100 is cut at 0, which stands for −2.
    [0.5, 3, 0.5, -2].forEach((value, i) => expect(restored[i]).toBeCloseTo(value, 12));
  });

  test.each([
    [[], 4],
    [ranges, 0],
    [ranges, 1.5],
    [[{ min: 1, max: -1 }], 1],
    [[{ min: 0, max: NaN }], 1],
    [[{ min: -Infinity, max: 0 }], 1],
  ])('refuses what has no range or no groups', (steps, count) => {
    expect(() => timeGroups(steps, count)).toThrow(LabError);
  });
});

describe('Markov validation', () => {
  test('has the golden score of the benchmark data', () => {
    const { score, boundaryScores, violations, valid } = validateTransitions(groups);
    expect(score).toBeCloseTo(0.8194, 4);
    [0.75, 1 - 1 / 6, 0.875].forEach((value, i) => expect(boundaryScores[i]).toBeCloseTo(value, 10));
    // Jumps of 0.5 and 0.3333 exceed 0.3; the first is not above 0.5.
    expect(violations.map(({ boundary, severity }) => [boundary, severity])).toEqual([
      [0, 'medium'],
      [1, 'medium'],
    ]);
    expect(valid).toBe(false);
  });

  test('equal groups, one and none are perfectly smooth', () => {
    for (const list of [[flat(1), flat(1), flat(1)], [flat(1)], []])
      expect(validateTransitions(list)).toMatchObject({ valid: true, score: 1, violations: [] });
  });

  test('severity follows the jump, and a jump of the zero point alone is no violation', () => {
    const severity = (to: number, threshold?: number) =>
      validateTransitions([flat(1), flat(to)], threshold).violations[0]?.severity;
    expect([severity(1.2), severity(1.2, 0.1), severity(1.4), severity(1.6)]).toEqual([
      undefined,
      'low',
      'medium',
      'high',
    ]);
    const moved = validateTransitions([flat(1, 0), flat(1, 127.5)]);
    expect(moved).toMatchObject({ valid: true, score: 0.75 });
  });

  test('the score is cut once for all boundaries, not for each', () => {
    // Jumps of 9 and 0: (9 + 0) ÷ 4 is cut at 1, although the second boundary scores 1.
    expect(validateTransitions([flat(1), flat(10), flat(10)])).toMatchObject({
      score: 0,
      boundaryScores: [0, 1],
    });
  });

  test('changes nothing', () => {
    const before = structuredClone(groups);
    validateTransitions(groups);
    expect(groups).toEqual(before);
  });
});

describe('boundary smoothing', () => {
  test.each([
    ['linear', [1.264, 1.268, 1.272, 1.276], 3, 0.9984],
    ['cubic', [1.2757, 1.2848, 1.2957, 1.3048], 4, 0.9962],
    ['sigmoid', [1.3058, 1.3172, 1.3408, 1.3521], 4, 0.9942],
  ] as const)('%s has the golden scales', (method, golden, places, score) => {
    const smoothed = smoothBoundaries(groups, method);
    scales(smoothed).forEach((scale, i) => expect(scale).toBeCloseTo(golden[i], places));
    expect(validateTransitions(smoothed).score).toBeCloseTo(score, 4);
    expect(smoothed.map(({ start }) => start)).toEqual([0, 25, 50, 75]);
  });

  test('interpolates by its formulas', () => {
    expect(interpolationWeight('linear', 0.25)).toBe(0.25);
    expect(interpolationWeight('cubic', 0.25)).toBe(3 / 16 - 2 / 64);
    expect(interpolationWeight('sigmoid', 0.5)).toBe(0.5);
    expect(interpolationWeight('sigmoid', 0)).toBeCloseTo(1 / (1 + Math.exp(5)), 12);
    const slope = (alpha: number) =>
      (interpolationWeight('cubic', alpha + 1e-6) - interpolationWeight('cubic', alpha - 1e-6)) / 2e-6;
    expect(slope(0)).toBeCloseTo(0, 5);
    expect(slope(1)).toBeCloseTo(0, 5);
  });

  test.each(INTERPOLATION_NAMES)('%s at least halves a jump between two levels', (method) => {
    const step = Array.from({ length: 12 }, (_, i) => flat(i < 6 ? 1 : 2));
    for (const window of [5, 10, 20]) {
      const smoothed = smoothBoundaries(step, method, window).map(({ scale }) => scale);
      const jumps = smoothed.slice(1).map((scale, i) => Math.abs(scale - smoothed[i]));
      expect(Math.max(...jumps)).toBeLessThanOrEqual(0.5);
    }
    // Between two groups alone, the sigmoid leaves 0.841 − 0.159.
    const [left, right] = smoothBoundaries([flat(1), flat(2)], method);
    expect(right.scale - left.scale).toBeCloseTo(
      { linear: 1 / 3, cubic: 13 / 27, sigmoid: 0.6823 }[method],
      4,
    );
  });

  test('a window of one changes the two groups beside a boundary', () => {
    const [left, right] = smoothBoundaries([flat(1, 0), flat(4, 90)], 'linear', 1);
    expect(left).toEqual({ scale: 2, zeroPoint: 30 });
    expect(right).toEqual({ scale: 3, zeroPoint: 60 });
  });

  test.each([0, 21, 2.5])('refuses a window of %d', (window) => {
    expect(() => smoothBoundaries(groups, 'linear', window)).toThrow(/window of .* is not possible/);
  });
});

describe('transition optimisation', () => {
  test('has the golden schedules', () => {
    const cases = [
      ['linear', [1e-4, 0.0067333, 0.0133667, 0.02]],
      ['cosine', [0.00015541, 0.15298784, 0.41695809, 0.70785871]],
    ] as const;
    for (const [schedule, golden] of cases)
      transitionBetas(schedule, 4).forEach((beta, t) => expect(beta).toBeCloseTo(golden[t], 7));
    expect(transitionBetas('linear', 1)).toEqual([1e-4]);
    const long = transitionBetas('cosine', 1000);
    expect(long.every((beta) => beta >= 1e-4 && beta <= 0.9999)).toBe(true);
    // Near its end ᾱ falls with the square of the distance to the end: 1 − (1 ÷ 2)².
    expect(long[999]).toBeCloseTo(0.75, 4);
  });

  test('the divergence of normal distributions is 0 for equal ones, and not symmetric', () => {
    const of = (mean: number, deviation: number) => ({ mean, deviation });
    expect(gaussianDivergence(of(1, 2), of(1, 2))).toBe(0);
    // ln 2 + (1 + 0) ÷ 8 − ½ and ln ½ + 4 ÷ 2 − ½.
    expect(gaussianDivergence(of(0, 1), of(0, 2))).toBeCloseTo(Math.LN2 + 1 / 8 - 0.5, 12);
    expect(gaussianDivergence(of(0, 2), of(0, 1))).toBeCloseTo(-Math.LN2 + 2 - 0.5, 12);
    expect(gaussianDivergence(of(0, 1), of(3, 1))).toBeCloseTo(4.5, 12);
    expect(gaussianDivergence(of(0, 0), of(0, 0))).toBe(0);
  });

  test('the entropy is 0 for one bin and ln n for n equal ones', () => {
    expect(histogramEntropy(Float64Array.of(0.2, 0.201, 0.199))).toBe(0);
    expect(histogramEntropy(Float64Array.of(0.1, 0.2, 0.3, 0.4))).toBeCloseTo(Math.log(4), 12);
  });

  test('codes are −2 … 1 around an offset in the unit of the weights', () => {
    const restored = roundToTwoBits(Float64Array.of(-9, -0.6, 0.4, 9), [flat(0.5, 0.1)]);
    [-0.9, -0.4, 0.6, 0.6].forEach((value, i) => expect(restored[i]).toBeCloseTo(value, 12));
  });

  const ramp = (count: number) => Float64Array.from({ length: count }, (_, i) => i / (count - 1) - 0.5);

  test.each(TRANSITION_SCHEDULES)(
    'with offsets in the unit of the weights, %s lowers the loss',
    (schedule) => {
      const start = [flat(0.4, 0), flat(0.4, 0)];
      const result = optimiseTransitions(ramp(256), start, { schedule, maxIterations: 20 });
      expect(result.finalLoss).toBeLessThan(result.initialLoss);
      expect(result.groups.every(({ scale }) => scale > 0)).toBe(true);
      expect(result.finalLoss).toBe(Math.min(...result.history));
    },
  );

  test('with the zero points of the time groups every restored weight is near 127.5', () => {
    const weights = ramp(1024);
    const restored = roundToTwoBits(weights, groups);
    expect(Math.min(...restored)).toBeGreaterThan(127);
    expect(transitionLoss(weights, groups, 'linear', { divergence: 0, entropy: 0 })).toBeCloseTo(1.6e4, -3);
    const { initialLoss, groups: moved } = optimiseTransitions(weights, groups, {
      schedule: 'linear',
      maxIterations: 20,
    });
    expect(initialLoss / 2.1e6).toBeCloseTo(1, 1);
    moved.forEach(({ zeroPoint }, i) =>
      expect(Math.abs(zeroPoint - groups[i].zeroPoint)).toBeLessThanOrEqual(0.2 + 1e-9),
    );
  });

  test('ends when the loss stands still', () => {
    const start = [flat(0.4, 0)];
    const result = optimiseTransitions(ramp(64), start, { schedule: 'linear', tolerance: 10 });
    expect(result).toMatchObject({ converged: true, iterations: 1 });
  });
});
