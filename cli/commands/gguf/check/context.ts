import { LabError } from '../../../../src/base/errors';

/** llama.cpp allocates memory for its whole context, and a check needs only a short one. */
const MAX_CONTEXT = 512;

/**
 * Returns the number of tokens, prompt and continuation together, for which a check has room.
 * @param maxContext the model's context
 */
export function checkContext(maxContext: number): number {
  return Math.min(maxContext, MAX_CONTEXT);
}

/**
 * Returns the number of tokens to compare after a prompt: `wanted`, or fewer if the context is too short. llama.cpp ends a text one
 * token before its context is full.
 * @throws LabError bad-input for a prompt that leaves no room
 */
export function tokensAfter(promptTokens: number, maxContext: number, wanted: number): number {
  const maxPrompt = checkContext(maxContext) - 2;
  if (promptTokens > maxPrompt)
    throw new LabError(
      'bad-input',
      `The prompt is ${promptTokens} tokens long; the maximum for this model is ${maxPrompt}.`,
      'Give a shorter --prompt.',
    );
  return Math.min(wanted, maxPrompt + 1 - promptTokens);
}
