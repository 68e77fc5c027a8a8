import { describe, expect, it } from 'vitest';
import { ErrorSums } from './errorSums';

const sumsOf = (weights: number[], restored: number[]): ErrorSums => {
  const sums = new ErrorSums();
  sums.add(Float32Array.from(weights), Float32Array.from(restored));
  return sums;
};

describe('the error of restored weights', () => {
  it('is relative to the weights', () => {
    // Noise 0, 0, 5 against a norm of 13.
    const sums = sumsOf([3, 4, 12], [3, 4, 7]);
    expect(sums.relativeL2).toBeCloseTo(5 / 13, 12);
    expect(sums.maxAbs).toBe(5);
    expect(sums.cosine).toBeCloseTo((9 + 16 + 84) / (13 * Math.sqrt(74)), 12);
    expect(sums.sqnrDb).toBeCloseTo(20 * Math.log10(13 / 5), 12);
  });

  it('adds up over tensors', () => {
    const both = sumsOf([3, 4], [3, 4]);
    both.merge(sumsOf([12], [7]));
    expect(both.relativeL2).toBeCloseTo(5 / 13, 12);
    expect(both.maxAbs).toBe(5);
  });

  it('is 0 only for equal weights', () => {
    expect(sumsOf([1, -2], [1, -2])).toMatchObject({ relativeL2: 0, cosine: 1, sqnrDb: null });
    expect(sumsOf([0, 0], [0, 0])).toMatchObject({ relativeL2: 0, cosine: 1, sqnrDb: null });
    expect(sumsOf([0, 0], [3, 4])).toMatchObject({ relativeL2: 5, cosine: 0 });
  });
});
