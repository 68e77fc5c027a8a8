import { expect, test } from 'vitest';
import { distortionPath, minimiseDistortion, lowerHull, type RateDistortionPoint } from './choose';

/** Makes points from pairs of bytes and distortion. */
const points = (...pairs: [number, number][]): RateDistortionPoint<number>[] =>
  pairs.map(([bytes, distortion], choice) => ({ bytes, distortion, choice }));

test('the hull leaves out dominated points and those above a chord', () => {
  // (3, 9) is above the chord from (2, 10) to (4, 2); (5, 3) is dominated.
  expect(lowerHull(points([4, 2], [3, 9], [2, 10], [5, 3], [8, 1]))).toEqual([2, 0, 4]);
});

test('bytes are spent where they save the most distortion', () => {
  const a = points([1, 10], [2, 4], [3, 3]);
  const b = points([1, 5], [2, 3]);
  expect(minimiseDistortion([a, b], 2)).toEqual([0, 0]);
  expect(minimiseDistortion([a, b], 3)).toEqual([1, 0]);
  expect(minimiseDistortion([a, b], 4)).toEqual([1, 1]);
  expect(minimiseDistortion([a, b], 9)).toEqual([2, 1]);
  expect(minimiseDistortion([a, b], 1)).toBeUndefined();
});

test('the path spends each next byte where it saves the most distortion', () => {
  const a = points([1, 10], [2, 4], [3, 3]);
  const b = points([1, 5], [2, 3]);
  expect(distortionPath([a, b])).toEqual([
    { chosen: [0, 0], bytes: 2, distortion: 15 },
    { chosen: [1, 0], bytes: 3, distortion: 9 },
    { chosen: [1, 1], bytes: 4, distortion: 7 },
    { chosen: [2, 1], bytes: 5, distortion: 6 },
  ]);
});
