import { expect, test } from 'vitest';
import { learningRateAt, thresholdAt } from './schedule';

const base = { learningRate: 2, warmup: 4, steps: 12 };
const rates = (schedule: 'cosine' | 'linear' | 'constant', steps = 12) =>
  Array.from({ length: steps }, (_, step) => learningRateAt({ ...base, steps, schedule }, step));

test('the warm-up rises linearly to the full rate', () => {
  expect(rates('cosine').slice(0, 4)).toEqual([0.5, 1, 1.5, 2]);
  expect(rates('constant', 4)).toEqual([0.5, 1, 1.5, 2]);
  expect(learningRateAt({ ...base, warmup: 0, schedule: 'linear' }, 0)).toBe(2);
});

test('the rate after a quarter, half and three quarters of the steps', () => {
  const { linear, cosine } = { linear: rates('linear'), cosine: rates('cosine') };
  expect([linear[4], linear[6], linear[8], linear[10]]).toEqual([2, 1.5, 1, 0.5]);
  expect(cosine[4]).toBe(2);
  expect(cosine[8]).toBeCloseTo(1, 12);
  // 1 + cos(π/4) and 1 + cos(3π/4).
  expect(cosine[6]).toBeCloseTo(1 + Math.SQRT1_2, 12);
  expect(cosine[10]).toBeCloseTo(1 - Math.SQRT1_2, 12);
  expect(rates('constant').slice(4)).toEqual(new Array<number>(8).fill(2));
});

test('the threshold falls from 1 to its target and stays there', () => {
  const threshold = { target: 0.44, warmup: 100 };
  expect(thresholdAt(threshold, 0)).toBe(1);
  expect(thresholdAt(threshold, 50)).toBeCloseTo(0.72, 12);
  expect([100, 1000].map((step) => thresholdAt(threshold, step))).toEqual([0.44, 0.44]);
  expect(thresholdAt({ target: 0.5, warmup: 0 }, 0)).toBe(0.5);
});
