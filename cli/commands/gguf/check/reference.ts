import { throwIfAborted } from '../../../../src/base/errors';
import type { Gpu } from '../../../../src/gpu/gpu';
import { CachedDecoder } from '../../../../src/runtime/generate/generate';
import { argMax } from '../../../../src/runtime/generate/sampling';
import { denseWeights, type TensorSource } from '../../../../src/runtime/forward/weights';

/** Tokens, and the log-probability that a model gives each of them after the preceding ones. */
export interface TokenScores {
  ids: number[];
  /** Natural logarithms of the probabilities over the whole vocabulary. */
  logprobs: number[];
}

/** Returns the model's greedy continuation, up to but without a stop token. */
export async function greedyTokens(
  gpu: Gpu,
  model: TensorSource,
  prompt: readonly number[],
  count: number,
  stopIds: ReadonlySet<number>,
  signal?: AbortSignal,
): Promise<TokenScores> {
  return walk(gpu, model, prompt, count, signal, (logits) => {
    const id = argMax(logits);
    return stopIds.has(id) ? undefined : id;
  });
}

/** Returns the log-probabilities that the model gives these tokens after the prompt. */
export async function scoreTokens(
  gpu: Gpu,
  model: TensorSource,
  prompt: readonly number[],
  ids: readonly number[],
  signal?: AbortSignal,
): Promise<TokenScores> {
  return walk(gpu, model, prompt, ids.length, signal, (_, i) => ids[i]);
}

/** Decodes token by token with float32 weights and a float32 key/value cache. `next` chooses each token, or ends the text. */
async function walk(
  gpu: Gpu,
  model: TensorSource,
  prompt: readonly number[],
  count: number,
  signal: AbortSignal | undefined,
  next: (logits: Float32Array, index: number) => number | undefined,
): Promise<TokenScores> {
  const weights = await denseWeights(gpu, model, signal);
  const scores: TokenScores = { ids: [], logprobs: [] };
  let decoder: CachedDecoder | undefined;
  try {
    decoder = await CachedDecoder.create(gpu, model.shape, weights, prompt.length, count, signal);
    let logits = await decoder.prefill(prompt, signal);
    for (let i = 0; i < count; i++) {
      throwIfAborted(signal);
      const id = next(logits, i);
      if (id === undefined) break;
      scores.ids.push(id);
      scores.logprobs.push(logProbability(logits, id));
      if (i + 1 < count) logits = await decoder.step(id, signal);
    }
    return scores;
  } finally {
    decoder?.dispose();
    weights.dispose();
  }
}

/** Returns log softmax(logits)[id], summed in float64. */
export function logProbability(logits: Float32Array, id: number): number {
  let max = -Infinity;
  for (const x of logits) max = Math.max(max, x);
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  return logits[id] - max - Math.log(sum);
}
