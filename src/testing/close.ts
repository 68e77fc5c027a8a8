import { expect } from 'vitest';

/** An absolute and a relative tolerance. */
export interface Tolerance {
  abs: number;
  rel?: number;
}

/** Magnitude below which a reference is considered zero, so that a comparison with it is meaningless. */
const NEGLIGIBLE = 1e-6;
const PAIRS = 5;

/**
 * Expects |actual − expected| ≤ abs + rel · |expected| for all values. The failure message has the number of failures, the mean
 * and maximum error with its position, and the first five pairs. A reference of negligible magnitude fails as well.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { abs, rel = 0 }: Tolerance,
): void {
  expect(actual.length, 'length').toBe(expected.length);
  const errors = Array.from(expected, (e, i) => Math.abs(actual[i] - e));
  const magnitude = maxMagnitudeOf(expected);
  expect(magnitude, 'largest magnitude of the reference').toBeGreaterThan(NEGLIGIBLE);
  // Written so that NaN fails.
  const failures = errors.flatMap((error, i) => (error <= abs + rel * Math.abs(expected[i]) ? [] : [i]));
  if (failures.length === 0) return;
  expect.fail(report(actual, expected, errors, failures));
}

function maxMagnitudeOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]));
  return largest;
}

function report(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  errors: number[],
  failures: number[],
): string {
  const maxAt = failures.reduce((a, b) => (errors[b] > errors[a] || Number.isNaN(errors[b]) ? b : a));
  const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length;
  const pairs = failures.slice(0, PAIRS).map((i) => `[${i}] ${actual[i]} instead of ${expected[i]}`);
  return (
    `${failures.length} of ${errors.length} values differ; mean error ${mean}, ` +
    `largest ${errors[maxAt]} at ${maxAt}: ${pairs.join(', ')}`
  );
}
