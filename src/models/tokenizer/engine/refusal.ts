import { LabError } from '../../../base/errors';

/** Returns the error about a tokenizer.json that the lab cannot follow exactly; `reason` is a clause without a full stop. */
export function refusal(reason: string, cause?: unknown): LabError {
  return new LabError(
    'unsupported',
    `tokenizer.json cannot be used: ${reason}.`,
    'Choose another model.',
    cause,
  );
}
