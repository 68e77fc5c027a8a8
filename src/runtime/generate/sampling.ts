import { LabError } from '../../base/errors';

export interface SamplingOptions {
  /** 0 is greedy: always the likeliest token, the lowest id of equals. */
  temperature: number;
  /** Draw among the `topK` likeliest tokens only; 0 or absent: all. */
  topK?: number;
}

/** Index of the largest number, the first of equals. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * Draws a token id from softmax(logits ÷ temperature), restricted to the topK likeliest.
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
      'The weights may be damaged, or compressed too hard; choose another record.',
    );
  if (temperature === 0 || topK === 1) return best;
  const kept = likeliest(logits, topK);
  const weights = kept.map((id) => Math.exp((logits[id] - logits[best]) / temperature));
  let left = uniform * weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < kept.length; i++) {
    left -= weights[i];
    if (left < 0) return kept[i];
  }
  // Rounding may leave a crumb beyond the last weight.
  return kept[kept.length - 1];
}

/** Ids of the k largest logits, likeliest first and ties by id; all ids in order when k is 0 or covers them. */
function likeliest(logits: Float32Array, k: number): number[] {
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
    throw new LabError('bad-input', `Top-k of ${topK} is out of range.`, 'Use 0 (off) or a whole number.');
}
