import { describe, expect, test } from 'vitest';
import { acceptedBits, bitsByEntropy, equalisationFactors, smoothActivations } from './components';
import { PROFILES, runPhases } from './phases';
import type { TimeGroup } from './timeGroups';

const groups: TimeGroup[] = [1, 2, 4].map((scale, i) => ({ start: i, end: i + 1, scale, zeroPoint: 0 }));
const weights = Float64Array.of(-0.5, -0.1, 0.2, 0.5, 0.1, 0.4);

describe('phases', () => {
  test('do nothing without a configuration, and validation alone changes nothing', () => {
    expect(runPhases(groups, weights)).toEqual({ groups });
    const { groups: same, validation } = runPhases(groups, weights, { validation: {} });
    expect(same).toEqual(groups);
    expect(validation).toMatchObject({ valid: false, score: 0.5 });
    expect(runPhases(groups, weights, { validation: { threshold: 1.5 } }).validation!.valid).toBe(true);
  });

  test('run one after the other, and the score stays that of the groups as given', () => {
    const both = runPhases(groups, weights, {
      validation: {},
      smoothing: { method: 'linear', window: 1 },
      optimisation: { schedule: 'linear', maxIterations: 2 },
    });
    expect(both.validation!.score).toBe(0.5);
    // The first boundary becomes 4/3 and 5/3; the second lies between 5/3 and 4, and gives 22/9.
    const { groups: smooth } = runPhases(groups, weights, { smoothing: { method: 'linear', window: 1 } });
    [4 / 3, 22 / 9, 29 / 9].forEach((scale, i) => expect(smooth[i].scale).toBeCloseTo(scale, 12));
    expect(both.groups.map(({ start }) => start)).toEqual([0, 1, 2]);
    expect(both.optimisation!.iterations).toBeLessThanOrEqual(2);
    expect(both.groups).not.toEqual(smooth);
  });

  test.each([
    { validation: { threshold: 0 } },
    { smoothing: { method: 'cubic', window: 21 } },
    { optimisation: { schedule: 'cosine', learningRate: -1 } },
    { optimisation: { schedule: 'cosine', tolerance: NaN } },
  ] as const)('refuse %j', (configuration) => {
    expect(() => runPhases(groups, weights, configuration)).toThrow(/cannot be|not possible/);
  });

  test('profiles ask for more smoothness with more bits', () => {
    const { edge, local, cloud } = PROFILES;
    expect([edge, local, cloud].map(({ bits, groups: count }) => [bits, count])).toEqual([
      [2, 5],
      [4, 10],
      [8, 20],
    ]);
    expect(edge.minScore).toBeLessThan(local.minScore);
  });
});

test('equalisation takes the root of the ratio of maxima', () => {
  const factors = equalisationFactors(Float64Array.of(4, 1, 0, 2), Float64Array.of(1, 9, 1, 0));
  [2, 1 / 3, 1, 1].forEach((factor, i) => expect(factors[i]).toBeCloseTo(factor, 12));
});

test('activations move towards their mean', () => {
  expect([...smoothActivations(Float64Array.of(0, 4), 0.25)]).toEqual([0.5, 3.5]);
  expect([...smoothActivations(Float64Array.of(0, 4), 0)]).toEqual([0, 4]);
});

test('values in few bins get 8 bits, and evenly spread ones 2', () => {
  const spread = (bins: number) => Float64Array.from({ length: 4096 }, (_, i) => (i % bins) / (bins - 1));
  expect(bitsByEntropy(spread(256))).toBe(2);
  // ln 32 ÷ ln 256 = 5/8 and ln 8 ÷ ln 256 = 3/8.
  expect(bitsByEntropy(spread(32))).toBe(4);
  expect(bitsByEntropy(spread(8))).toBe(8);
  expect(bitsByEntropy(new Float64Array(4).fill(3))).toBe(8);
});

test('bits are accepted from those asked for on, 2 → 4 → 8', () => {
  const similarity = (values: Record<number, number>) => (bits: number) => values[bits];
  expect(acceptedBits(2, similarity({ 2: 0.7, 4: 1, 8: 1 }))).toBe(2);
  expect(acceptedBits(2, similarity({ 2: 0.69, 4: 0.9, 8: 1 }))).toBe(4);
  expect(acceptedBits(4, similarity({ 2: 1, 4: 0.89, 8: 0.95 }))).toBe(8);
  expect(acceptedBits(2, similarity({ 2: 0, 4: 0, 8: 0.94 }))).toBeUndefined();
});
