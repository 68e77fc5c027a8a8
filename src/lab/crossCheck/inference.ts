import type { LabRecord } from '../results/record';

export type InferenceAgreement = NonNullable<LabRecord['verification']['inferenceAgrees']>;

/**
 * Limit on the difference of a log-probability, in nats, between float32 programs that add in different orders. It is
 * the limit of packed paths too, and a thousandth of any probability.
 */
export const INFERENCE_TOLERANCE = 1e-3;

/**
 * Compares the outputs of two programs for the same weights and input.
 * @param ours, theirs logits [rows, classes]
 */
export function inferenceAgreement(
  name: string,
  ours: Float32Array,
  theirs: Float32Array,
  classes: number,
): InferenceAgreement {
  const difference = ours.length === theirs.length ? largestDifference(ours, theirs, classes) : NaN;
  const value = Number.isFinite(difference) ? difference : null;
  return { name, value, agrees: value !== null && value <= INFERENCE_TOLERANCE };
}

/** The largest difference of a log-probability over all rows and classes; not finite if an output is not. */
function largestDifference(ours: Float32Array, theirs: Float32Array, classes: number): number {
  let largest = 0;
  for (let row = 0; row < ours.length; row += classes) {
    const [a, b] = [ours, theirs].map((logits) => logits.subarray(row, row + classes));
    const shift = logSum(a) - logSum(b);
    for (let i = 0; i < classes; i++) {
      const difference = Math.abs(a[i] - b[i] - shift);
      if (!(difference <= largest)) largest = difference;
      if (Number.isNaN(largest)) return NaN;
    }
  }
  return largest;
}

/** log Σ exp, in float64. */
function logSum(logits: Float32Array): number {
  const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0));
}
