import { throwIfAborted } from '../../../../src/base/errors';
import type { Gpu } from '../../../../src/gpu/gpu';
import type { ModelShape } from '../../../../src/models/architecture';
import { CachedDecoder } from '../../../../src/runtime/generate/generate';
import { argMax } from '../../../../src/runtime/generate/sampling';
import { denseWeights, type ModelWeights, type TensorSource } from '../../../../src/runtime/forward/weights';

/** Tokens, and the log-probability that a model gives each of them after the preceding ones. */
export interface TokenScores {
  ids: number[];
  /** Natural logarithms of the probabilities over the whole vocabulary. */
  logprobs: number[];
}

/** A model on the GPU that continues texts, with float32 weights and a float32 key/value cache. */
export class ReferenceModel {
  private constructor(
    private readonly gpu: Gpu,
    private readonly shape: ModelShape,
    private readonly weights: ModelWeights,
  ) {}

  /** Uploads the weights of a model. The caller disposes of them. @throws LabError; Cancelled. Nothing stays allocated then. */
  static async open(gpu: Gpu, model: TensorSource, signal?: AbortSignal): Promise<ReferenceModel> {
    return new ReferenceModel(gpu, model.shape, await denseWeights(gpu, model, signal));
  }

  /** Returns the greedy continuation, up to but without a stop token. */
  greedy(
    prompt: readonly number[],
    count: number,
    stopIds: ReadonlySet<number>,
    signal?: AbortSignal,
  ): Promise<TokenScores> {
    return this.walk(prompt, count, signal, (logits) => {
      const id = argMax(logits);
      return stopIds.has(id) ? undefined : id;
    });
  }

  /** Returns the log-probabilities of these tokens after the prompt. */
  score(prompt: readonly number[], ids: readonly number[], signal?: AbortSignal): Promise<TokenScores> {
    return this.walk(prompt, ids.length, signal, (_, i) => ids[i]);
  }

  dispose(): void {
    this.weights.dispose();
  }

  /** Decodes token by token. `next` chooses each token, or ends the text. */
  private async walk(
    prompt: readonly number[],
    count: number,
    signal: AbortSignal | undefined,
    next: (logits: Float32Array, index: number) => number | undefined,
  ): Promise<TokenScores> {
    const { gpu, shape, weights } = this;
    const scores: TokenScores = { ids: [], logprobs: [] };
    const decoder = await CachedDecoder.create(gpu, shape, weights, prompt.length, count, signal);
    try {
      let logits = await decoder.prefill(prompt, signal);
      for (let i = 0; i < count; i++) {
        throwIfAborted(signal);
        const id = next(logits, i);
        if (id === undefined) break;
        scores.ids.push(id);
        scores.logprobs.push(logProbability(logits, id));
        if (i + 1 < count) logits = await decoder.step([id], signal);
      }
      return scores;
    } finally {
      decoder.dispose();
    }
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
