import { expect, test } from 'vitest';
import { countOutliers, distinctValues, weightHistogram } from './histogram';

test('both histograms share one axis, and the largest value is in the last bin', () => {
  const before = Float32Array.of(-1, -0.5, 0.25, 1);
  const after = Float32Array.of(-1, -1, 0, 3);
  expect(weightHistogram(before, after, 4)).toEqual({
    low: -1,
    high: 3,
    before: [2, 1, 1, 0],
    after: [2, 1, 0, 1],
  });
  expect(weightHistogram(Float32Array.of(2, 2), Float32Array.of(2, 2), 2).before).toEqual([2, 0]);
});

test('an outlier is more than four standard deviations from the mean', () => {
  // Mean 0.2 and standard deviation 1.99: the 20 is 9.9 deviations away.
  const values = new Float32Array(100);
  values[7] = 20;
  expect(countOutliers(values)).toBe(1);
  expect(countOutliers(Float32Array.of(-1, 1, -1, 1))).toBe(0);
  expect(countOutliers(new Float32Array(5))).toBe(0);
});

test('distinct values are sorted, and many are none', () => {
  expect(distinctValues(Float32Array.of(2, -1, 2, 0), 3)).toEqual([-1, 0, 2]);
  expect(distinctValues(Float32Array.of(1, 2, 3, 4), 3)).toEqual([]);
});
