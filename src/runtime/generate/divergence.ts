import type { OpenDecoder } from './generate';

/** Computes KL(P ‖ Q) in nats, where P and Q are the softmax of logits, with float64 sums. It is never negative. */
export function klDivergence(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  const [p, q] = [logSumExp(expected), logSumExp(found)];
  let sum = 0;
  for (let i = 0; i < expected.length; i++) {
    const logP = expected[i] - p;
    sum += Math.exp(logP) * (logP - (found[i] - q));
  }
  return Math.max(0, sum);
}

function logSumExp(logits: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]);
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - largest);
  return largest + Math.log(sum);
}

/**
 * Opens decoders that run a second model on the same tokens.
 * @param onDivergence receives KL(reference ‖ model) of the next token in nats before it is drawn, and the time that the reference took
 */
export function comparedDecoder(
  open: OpenDecoder,
  reference: OpenDecoder,
  onDivergence: (nats: number, referenceMs: number) => void,
): OpenDecoder {
  return async (...sizes) => {
    const own = await open(...sizes);
    const other = await reference(...sizes).catch((error: unknown) => {
      own.dispose();
      throw error;
    });
    const compared =
      (step: 'prefill' | 'step') =>
      async (ids: readonly number[], signal?: AbortSignal): Promise<Float32Array> => {
        const logits = await own[step](ids, signal);
        const started = performance.now();
        const nats = klDivergence(await other[step](ids, signal), logits);
        onDivergence(nats, performance.now() - started);
        return logits;
      };
    return {
      prefill: compared('prefill'),
      step: compared('step'),
      dispose() {
        own.dispose();
        other.dispose();
      },
    };
  };
}
