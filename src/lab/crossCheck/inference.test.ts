import { expect, test } from 'vitest';
import { INFERENCE_TOLERANCE, inferenceAgreement } from './inference';

const outcome = (ours: number[], theirs: number[]) =>
  inferenceAgreement('other', Float32Array.from(ours), Float32Array.from(theirs), 2);

test('log-probabilities are compared, not logits: a constant added to a row changes nothing', () =>
  expect(outcome([0, 1, 5, 7], [3, 4, -2, 0])).toEqual({ name: 'other', value: 0, agrees: true }));

test('the largest difference of any row and class, in nats', () => {
  // Probabilities ¼ and ¾ against ½ and ½: the largest |Δ log p| is ln 2.
  const { value, agrees } = outcome([2, 2, 0, Math.log(3)], [2, 2, 0, 0]);
  expect(value).toBeCloseTo(Math.LN2, 6);
  expect(agrees).toBe(false);
});

test.each([
  [INFERENCE_TOLERANCE / 2, true],
  [2 * INFERENCE_TOLERANCE, false],
])('a difference of %f nats agrees: %s', (nats, agrees) => {
  // d log p = (1 − p) dx at p = ½.
  expect(outcome([0, 0], [2 * nats, 0]).agrees).toBe(agrees);
});

test.each([
  ['not a number', [NaN, 1]],
  ['infinite', [Infinity, 1]],
  ['of another length', [1]],
])('an output %s disagrees, with no figure', (_, theirs) =>
  expect(outcome([0, 1], theirs)).toEqual({ name: 'other', value: null, agrees: false }),
);
