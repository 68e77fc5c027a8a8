import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { frechetFigures, frechetFrom, momentsOf } from './frechet';

const matrix = (...values: number[]) => Float64Array.from(values);
const distance = (from: [Float64Array, Float64Array], of: [Float64Array, Float64Array]) =>
  frechetFrom({ mean: from[0], covariance: from[1] })({ mean: of[0], covariance: of[1] });

test('the distance of normal distributions is that of their formula', () => {
  // In one dimension (μ − μ₀)² + (σ − σ₀)².
  expect(distance([matrix(1), matrix(4)], [matrix(4), matrix(9)])).toBeCloseTo(10, 12);
  // Matrices with the same eigenvectors: the sum over them of (√λ − √λ₀)², for λ = 1, 9 and λ₀ = 4, 4.
  const mean = matrix(0, 0);
  expect(distance([mean, matrix(4, 0, 0, 4)], [mean, matrix(5, 4, 4, 5)])).toBeCloseTo(2, 12);
  // scipy.linalg.sqrtm: tr = 3 + 4 − 2 · tr(([2, 1; 1, 1] · [3, 0; 0, 1])^½), whose trace is √(7 + 2·√3).
  expect(distance([mean, matrix(2, 1, 1, 1)], [mean, matrix(3, 0, 0, 1)])).toBeCloseTo(
    7 - 2 * Math.sqrt(7 + 2 * Math.sqrt(3)),
    12,
  );
});

test('mean and covariance are those of the images, with counts as weights', () => {
  const features = { features: [1, 2, 3, 6, 5, 4], width: 2 };
  const { mean, covariance } = momentsOf(features);
  expect([...mean]).toEqual([3, 4]);
  [4, 2, 2, 4].forEach((value, i) => expect(covariance[i]).toBeCloseTo(value, 12));
  const twice = momentsOf(features, [2, 0, 1]);
  expect(twice.mean[0]).toBeCloseTo(7 / 3, 12);
  expect(twice.covariance[0]).toBeCloseTo(16 / 3, 12);
});

/** Normal features of width 3 around a mean. */
function features(count: number, centre: number, seed: number) {
  const random = new KeyedRandom(seed, 7);
  return { features: Array.from({ length: 3 * count }, () => centre + random.nextNormal()), width: 3 };
}

test('intervals lie around the distance, and those of differences are paired', () => {
  const real = features(500, 0, 1);
  const near = features(60, 0, 2);
  const far = { ...near, features: near.features.map((x) => x + 1) };
  const [first, second] = frechetFigures([near, far], real);
  for (const { distance: own } of [first, second]) {
    expect(own.ci95[0]).toBeLessThan(own.value);
    expect(own.ci95[1]).toBeGreaterThan(own.value);
  }
  expect(first.delta).toBeUndefined();
  // The means move by one in each of three columns, and the covariance not at all.
  const shift = near.features.reduce((sum, x) => sum + x, 0) / 60;
  const moved = real.features.reduce((sum, x) => sum + x, 0) / 500;
  expect(second.delta!.value).toBeCloseTo(3 + 2 * (shift - moved), 6);
  expect(second.delta!.ci95[0]).toBeGreaterThan(0);
  const [same, base] = frechetFigures([near, near], real, 1);
  expect(same.delta).toEqual({ value: 0, ci95: [0, 0] });
  expect(base.delta).toBeUndefined();
});
