import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { Bootstrap } from './bootstrap';
import { clusteredMean } from './summary';

test("the interval of a mean agrees with Student's t for many windows", () => {
  const random = new KeyedRandom(4);
  const values = Float64Array.from({ length: 400 }, () => 3 + random.nextNormal());
  const ones = values.map(() => 1);
  const { value, ci95 } = new Bootstrap(400, 1).estimate((sum) => sum(values) / sum(ones));
  const expected = clusteredMean(Array.from(values, (total) => ({ total, weight: 1 })));
  expect(value).toBeCloseTo(expected.mean, 12);
  // The Monte Carlo error of a percentile from 1000 samples is about 5 % of the interval's half width.
  ci95.forEach((bound, i) =>
    expect(Math.abs(bound - expected.ci95[i])).toBeLessThan(0.12 * 1.96 * expected.standardError),
  );
});

test('a difference that is the same in every window has no width', () => {
  const small = Float64Array.of(5, 1, 9, 3);
  const large = small.map((value) => value - 0.5);
  const { value, ci95 } = new Bootstrap(4, 2).estimate((sum) => (sum(small) - sum(large)) / 4);
  expect([value, ...ci95]).toEqual([0.5, 0.5, 0.5]);
});
