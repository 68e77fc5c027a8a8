import { LabError } from '../../../../src/base/errors';

/** llama.cpp keeps its context in memory; a check needs little of a long one. */
const MAX_CONTEXT = 512;

/** Tokens of prompt and continuation a check has room for, here and in llama.cpp. @param maxContext the model's */
export function checkContext(maxContext: number): number {
  return Math.min(maxContext, MAX_CONTEXT);
}

/**
 * How many tokens a check compares after a prompt: `wanted`, or as many as there is room for. llama.cpp ends a text one token before
 * its context is full.
 * @throws LabError bad-input for a prompt that leaves no room
 */
export function tokensAfter(promptTokens: number, maxContext: number, wanted: number): number {
  const most = checkContext(maxContext) - 2;
  if (promptTokens > most)
    throw new LabError(
      'bad-input',
      `The prompt is ${promptTokens} tokens long; a check of this model takes at most ${most}.`,
      'Give a shorter --prompt.',
    );
  return Math.min(wanted, most + 1 - promptTokens);
}
