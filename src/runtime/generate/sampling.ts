import { LabError } from '../../base/errors';

export interface SamplingOptions {
  /** 0 is greedy: it takes the token with the largest logit, of equal ones that with the lowest id. */
  temperature: number;
  /** Sampling is restricted to the `topK` most likely tokens; 0 or absent means all. */
  topK?: number;
}

/** Returns the index of the largest number, of equal ones the first. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Draws a token id from softmax(logits ÷ temperature), restricted to the `topK` most likely tokens.
 * @param uniform in [0, 1)
 * @throws LabError not-finite when the largest logit is not a number
 */
export function sampleToken(
  logits: Float32Array,
  { temperature, topK = 0 }: SamplingOptions,
  uniform: number,
): number {
  const best = argMax(logits);
  if (!Number.isFinite(logits[best]))
    throw new LabError(
      'not-finite',
      `The model's logits are not finite (${logits[best]}).`,
      'The weights may be damaged, or compressed too much; choose another record.',
    );
  if (temperature === 0 || topK === 1) return best;
  const kept = topKIds(logits, topK);
  const weights = kept.map((id) => Math.exp((logits[id] - logits[best]) / temperature));
  let left = uniform * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < kept.length; i++) {
    left -= weights[i];
    if (left < 0) return kept[i];
  }
  // Rounding may leave a remainder beyond the last weight.
  return kept[kept.length - 1];
}

/**
 * The ids of the k largest logits, in descending order of logit, then by id; all ids in their order if k is 0 or not smaller.
 */
function topKIds(logits: Float32Array, k: number): number[] {
  const ids = Array.from(logits, (_, i) => i);
  if (k === 0 || k >= ids.length) return ids;
  return ids.sort((a, b) => logits[b] - logits[a] || a - b).slice(0, k);
}

/** @throws LabError bad-input for a value out of range */
export function checkSampling({ temperature, topK = 0 }: SamplingOptions): void {
  if (!(temperature >= 0 && temperature <= 100))
    throw new LabError(
      'bad-input',
      `A temperature of ${temperature} is out of range.`,
      'Use a number from 0 (greedy) to 100.',
    );
  if (!Number.isInteger(topK) || topK < 0)
    throw new LabError(
      'bad-input',
      `Top-k of ${topK} is out of range.`,
      'Use 0 (off) or a positive whole number.',
    );
}
