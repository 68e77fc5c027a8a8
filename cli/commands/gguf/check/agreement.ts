import { throwIfAborted } from '../../../../src/base/errors';
import { ErrorSums } from '../../../../src/base/errorSums';
import type { GgufModel } from '../../../../src/models/gguf/import';
import type { TensorSource } from '../../../../src/runtime/forward/weights';
import type { GgufFacts } from './facts';

/** How two programs' log-probabilities of the same tokens differ. */
export interface Agreement {
  tokens: number;
  /** Largest difference, in nats; null where the other program did not score these tokens. */
  maxDifference: number | null;
}

/** The outcome of a check, as `--out` writes it. */
export interface CheckResult {
  file: GgufFacts & { bytes: number; sha256: string };
  /** Version of llama.cpp. */
  llamaCpp: string;
  prompt: string;
  /** Into how many tokens each reads a text. */
  tokenizer: { text: string; here: number; llamaCpp: number }[];
  /** Of llama.cpp with this project, both from the file. */
  agreement: Agreement;
  /** Nats; null where none is known for the file's types. */
  tolerance: number | null;
  /** llama.cpp's time for a token after the prompt; null where it gave none. */
  msPerToken: number | null;
  /** The model it came from, where named. */
  model?: { id: string; relativeL2: number; agreement: Agreement };
}

/** @param ours, theirs of the same prompt; theirs must be for the very same ids */
export function agreementOf(
  ours: { ids: readonly number[]; logprobs: readonly number[] },
  theirs: { ids: readonly number[]; logprobs: readonly number[] },
): Agreement {
  const tokens = ours.ids.length;
  if (String(ours.ids) !== String(theirs.ids)) return { tokens, maxDifference: null };
  const differences = ours.logprobs.map((x, i) => Math.abs(x - theirs.logprobs[i]));
  const max = differences.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), 0);
  return { tokens, maxDifference: Number.isFinite(max) ? max : null };
}

/** Whether a tolerance is known: llama.cpp rounds activations to 8 bits or float16 beside weights that are not F32. */
export function judged({ file }: GgufModel): boolean {
  return file.tensors.every(({ type }) => type === 'F32');
}

/** Whether both programs split texts alike and their log-probabilities differ by no more than the tolerance. */
export function agreesWithLlamaCpp({ agreement, tolerance, tokenizer }: CheckResult): boolean {
  const { maxDifference } = agreement;
  if (maxDifference === null || tokenizer.some(({ here, llamaCpp }) => here !== llamaCpp)) return false;
  return tolerance === null || maxDifference <= tolerance;
}

/** Whether the check as a whole passes: for an F32 file also against the model it came from. */
export function passes(result: CheckResult): boolean {
  const source = result.model?.agreement;
  return (
    agreesWithLlamaCpp(result) &&
    (source === undefined || agreesWithLlamaCpp({ ...result, agreement: source }))
  );
}

/** ‖W − Ŵ‖ ÷ ‖W‖ over all tensors; 0 only when every value is equal. */
export async function relativeWeightError(
  model: TensorSource,
  file: TensorSource,
  signal?: AbortSignal,
): Promise<number> {
  const errors = new ErrorSums();
  for (const spec of model.shape.tensors) {
    throwIfAborted(signal);
    errors.add(await model.tensor(spec), await file.tensor(spec));
  }
  return errors.relativeL2;
}
