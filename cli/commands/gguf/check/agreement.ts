import { throwIfAborted } from '../../../../src/base/errors';
import { ErrorSums } from '../../../../src/base/errorSums';
import type { GgufModel } from '../../../../src/models/gguf/import';
import type { TensorSource } from '../../../../src/runtime/forward/weights';
import type { GgufFacts } from './facts';

/** The difference between two programs' log-probabilities of the same tokens. */
export interface Agreement {
  tokens: number;
  /** Largest difference in nats; null if the other program scored different tokens. */
  maxDifference: number | null;
}

/** The outcome of a check, in the format that `--out` writes. */
export interface CheckResult {
  file: GgufFacts & { bytes: number; sha256: string };
  /** Version of llama.cpp. */
  llamaCpp: string;
  prompt: string;
  /**
   * Number of tokens into which the model's tokenizer, or that of the file if no model is named, and llama.cpp split a text, and
   * whether llama.cpp and the file's tokenizer give the ids of the model's. `byIds` says whether those of llama.cpp were compared, by the
   * log-probability of the next token; otherwise only their number was.
   */
  tokenizer: { text: string; here: number; llamaCpp: number; sameIds: boolean; byIds: boolean }[];
  /** Agreement of llama.cpp with this project when both read the file. */
  agreement: Agreement;
  /** Tolerance in nats; null where none is known for the file's types. */
  tolerance: number | null;
  /** Time in llama.cpp for each token after the prompt, and for each of the prompt; null if it reported none. */
  msPerToken: number | null;
  promptMsPerToken: number | null;
  /** Peak resident memory of the process that ran llama.cpp, in bytes; null where the system does not tell it. */
  peakResidentBytes: number | null;
  /** The model that the file was exported from, if it was named. */
  model?: { id: string; relativeL2: number; agreement: Agreement };
}

/** Compares log-probabilities for the same prompt. The difference is null unless both are for the same token ids. */
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

/** Whether a tolerance is known. With weights other than F32, llama.cpp rounds activations to 8 bits or float16. */
export function hasTolerance({ file }: GgufModel): boolean {
  return file.tensors.every(({ type }) => type === 'F32');
}

/** Whether a text has other tokens in llama.cpp or in the file than in the model. */
export function splitsDifferently({ here, llamaCpp, sameIds }: CheckResult['tokenizer'][number]): boolean {
  return here !== llamaCpp || !sameIds;
}

/** Whether both programs tokenise texts alike and their log-probabilities differ by no more than the tolerance. */
export function agreesWithLlamaCpp({ agreement, tolerance, tokenizer }: CheckResult): boolean {
  const { maxDifference } = agreement;
  if (maxDifference === null || tokenizer.some(splitsDifferently)) return false;
  return tolerance === null || maxDifference <= tolerance;
}

/** Whether the whole check passes, including the comparison with the source model if one was named. */
export function passes(result: CheckResult): boolean {
  const source = result.model?.agreement;
  return (
    agreesWithLlamaCpp(result) &&
    (source === undefined || agreesWithLlamaCpp({ ...result, agreement: source }))
  );
}

/** Returns ‖W − Ŵ‖ ÷ ‖W‖ over all tensors; it is 0 only if all values are equal. */
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
