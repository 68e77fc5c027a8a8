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
  const value = largestDifference(ours, theirs, classes);
  return { name, value, agrees: value !== null && value <= INFERENCE_TOLERANCE };
}

/**
 * Returns the largest difference of a log-probability over all rows and classes, in nats; null if the outputs are of different
 * lengths or one is not finite.
 * @param ours, theirs logits [rows, classes]
 */
export function largestDifference(ours: Float32Array, theirs: Float32Array, classes: number): number | null {
  if (ours.length !== theirs.length) return null;
  let largest = 0;
  for (let row = 0; row < ours.length; row += classes) {
    const [a, b] = [ours, theirs].map((logits) => logits.subarray(row, row + classes));
    const shift = logSum(a) - logSum(b);
    for (let i = 0; i < classes; i++) {
      const difference = Math.abs(a[i] - b[i] - shift);
      if (!Number.isFinite(difference)) return null;
      largest = Math.max(largest, difference);
    }
  }
  return largest;
}

/** log Σ exp, in float64. */
function logSum(logits: Float32Array): number {
  const max = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  return max + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - max), 0));
}
