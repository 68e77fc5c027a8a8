import { expect, test } from 'vitest';
import { Cancelled } from '../../../base/errors';
import { smoothBoundaries } from '../../../diffusion/thermodynamic/smoothing';
import { timeGroups } from '../../../diffusion/thermodynamic/timeGroups';
import { activationErrors, benchmarkRanges, runThermodynamic, type PhaseResult } from './benchmark';

async function run(signal?: AbortSignal): Promise<PhaseResult[]> {
  const results: PhaseResult[] = [];
  for await (const result of runThermodynamic({ sizes: [64], seconds: 0.001 }, signal)) results.push(result);
  return results;
}

test('has a row for each phase of the published benchmark', async () => {
  const results = await run();
  expect(results.map(({ phase }) => phase)).toEqual([
    'baseline',
    'phase 1, validation',
    'phase 2, linear',
    'phase 2, cubic',
    'phase 2, sigmoid',
    'phase 3, linear',
    'phase 3, cosine',
  ]);
  expect(results[0].score).toBeCloseTo(0.8194, 4);
  expect(results[2].score).toBeCloseTo(0.9984, 4);
  expect(results[1].activationError).toBe(results[0].activationError);
  expect(results.every(({ overhead, target }) => (overhead === undefined) === (target === undefined))).toBe(
    true,
  );
});

test('smoothing buys its score by cutting off activations', () => {
  const ranges = benchmarkRanges();
  const groups = timeGroups(ranges, 4);
  const before = activationErrors(groups, ranges);
  expect(before.clipped).toBe(0);
  // The error of rounding evenly spread values is a twelfth of the squared step, on average over the groups.
  const steps = groups.map(({ scale }) => scale ** 2 / 12);
  expect(before.activationError / (steps.reduce((sum, step) => sum + step) / 4)).toBeCloseTo(1, 1);
  const after = activationErrors(smoothBoundaries(groups, 'linear'), ranges);
  // Ranges of ±1.268, ±1.272 and ±1.276 hold 0.845, 0.636 and 0.51 of ±1.5, ±2 and ±2.5.
  expect(after.clipped).toBeCloseTo((0 + 0.155 + 0.364 + 0.49) / 4, 1);
  expect(after.activationError).toBeGreaterThan(1000 * before.activationError);
});

test('stops', async () => {
  await expect(run(AbortSignal.abort())).rejects.toThrow(Cancelled);
});
