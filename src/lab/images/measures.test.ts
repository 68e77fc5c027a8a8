import { expect, test } from 'vitest';
import { clopperPearson, pairedProportions } from '../../evaluate/statistics/proportions';
import { driftDifference, imageMeasures, judgement } from './measures';

test('drift is the mean distance of images, with the interval of Student’s t', () => {
  const float = Float64Array.of(1, 0, 0, 1);
  // Distances 0.3 and 0.5; their standard error is 0.1, and t of one degree of freedom 12.706.
  const { drift, relativeDrift } = imageMeasures(Float64Array.of(1, 0.3, 0.3, 0.6), float, 2);
  expect(drift!.value).toBeCloseTo(0.4, 12);
  expect(drift!.ci95[0]).toBeCloseTo(0.4 - 1.2706, 4);
  expect(drift!.ci95[1]).toBeCloseTo(0.4 + 1.2706, 4);
  expect(relativeDrift!.value).toBeCloseTo(0.4, 12);
});

test('one image has no interval', () => {
  expect(imageMeasures(Float64Array.of(1), Float64Array.of(1), 1).drift).toBeNull();
});

test('a judgement counts intended classes, those of the float images, and pairs that differ', () => {
  const [intended, float, found] = [
    [0, 1, 2, 3, 4],
    [0, 1, 2, 9, 9],
    [0, 1, 8, 3, 9],
  ];
  const result = judgement(found, float, intended);
  expect(result.intended).toEqual({ value: 3 / 5, ci95: clopperPearson(3, 5) });
  expect(result.asFloat).toEqual({ value: 3 / 5, ci95: clopperPearson(3, 5) });
  expect(result.intendedDelta).toEqual({ value: 0, ci95: pairedProportions(1, 1, 5) });
});

test('a difference of drifts is paired by image', () => {
  const float = Float64Array.of(0, 0, 0, 0);
  const others = Float64Array.of(1, 0, 0, 2);
  // Distances 1.5 and 2.1 beside 1 and 2: differences of 0.5 and 0.1, their standard error 0.2.
  const delta = driftDifference(Float64Array.of(1.5, 0, 2.1, 0), others, float, 2)!;
  expect(delta.value).toBeCloseTo(0.3, 12);
  expect(delta.ci95[1]).toBeCloseTo(0.3 + 0.2 * 12.706, 3);
});
