import { LabError } from '../base/errors';

/** How a text is cut and scored. */
export interface TextProtocol {
  kind: 'windows' | 'sliding' | 'llama.cpp';
  /** Tokens per window. */
  context: number;
  /** Step between windows of `sliding`; the others do not read it (plans put the context there). */
  stride: number;
  /** Limit on windows; undefined = all the text. */
  windows?: number;
}

/** Tokens [start, start + context) of the stream, of which [firstScored, start + context) are scored. */
export interface Window {
  start: number;
  /** Position in the stream of the first token whose loss counts; its context begins at `start`. */
  firstScored: number;
}

export interface WindowPlan {
  context: number;
  windows: readonly Window[];
  scoredTokens: number;
  /** Neighbouring windows that make one statistical cluster: 1, or ⌈context ÷ stride⌉ where windows overlap. */
  block: number;
}

/**
 * Lays out the windows of a token stream.
 * `windows`: non-overlapping, the tail dropped, each scores context − 1 tokens. `sliding`: a window every `stride`, only
 * tokens not scored before count (Hugging Face, "Perplexity of fixed-length models"). Their guide lets the last window be
 * shorter; here it is moved back to end at the text's end, so every window has the same size and its tokens more context.
 * `llama.cpp`: non-overlapping, of which the second half is scored, context − 1 − ⌊context ÷ 2⌋ tokens (llama-perplexity).
 * @param tokens length of the stream
 * @throws LabError bad-input when the text holds fewer than the two clusters an interval needs; bad-plan for a stride
 *   that leaves tokens unscored
 */
export function planWindows(tokens: number, protocol: TextProtocol): WindowPlan {
  const { context, stride } = protocol;
  const sliding = protocol.kind === 'sliding';
  if (sliding && (stride < 1 || stride >= context))
    throw new LabError(
      'bad-plan',
      `A sliding stride of ${stride} does not fit a context of ${context}: a window's first token has no context of its own.`,
      `Choose a stride from 1 to ${context - 1}, or the protocol "windows".`,
    );
  const block = clusterBlock(protocol);
  checkLength(tokens, sliding ? context + (2 * block - 2) * stride + 1 : 2 * context, protocol);
  const all = sliding ? slidingWindows(tokens, context, stride) : plainWindows(tokens, protocol);
  const windows = all.slice(0, protocol.windows);
  checkCount(windows.length, 2 * block);
  const scored = windows.reduce((sum, w) => sum + w.start + context - w.firstScored, 0);
  return { context, windows, scoredTokens: scored, block };
}

/** Windows per statistical cluster: overlapping ones share their context, so ⌈context ÷ stride⌉ neighbours go together. */
export function clusterBlock({ kind, context, stride }: TextProtocol): number {
  return kind === 'sliding' ? Math.ceil(context / stride) : 1;
}

function plainWindows(tokens: number, { kind, context }: TextProtocol): Window[] {
  const unscored = kind === 'llama.cpp' ? Math.floor(context / 2) + 1 : 1;
  if (unscored >= context)
    throw new LabError(
      'bad-plan',
      `A context of ${context} leaves no token to score: the protocol "${kind}" scores the second half of a window.`,
      'Use a longer context.',
    );
  return Array.from({ length: Math.floor(tokens / context) }, (_, i) => ({
    start: i * context,
    firstScored: i * context + unscored,
  }));
}

function slidingWindows(tokens: number, context: number, stride: number): Window[] {
  const count = 1 + Math.ceil((tokens - context) / stride);
  return Array.from({ length: count }, (_, i) => ({
    start: Math.min(i * stride, tokens - context),
    firstScored: i === 0 ? 1 : (i - 1) * stride + context,
  }));
}

function checkLength(available: number, needed: number, { kind, context }: TextProtocol): void {
  if (available >= needed) return;
  throw new LabError(
    'bad-input',
    `The text has ${available} tokens; the protocol "${kind}" with a context of ${context} needs at least ${needed}.`,
    'Use a longer text or a shorter context.',
  );
}

function checkCount(windows: number, needed: number): void {
  if (windows >= needed) return;
  throw new LabError(
    'bad-plan',
    `Too few windows for an interval: ${windows}, and this protocol needs at least ${needed}.`,
    'Raise the limit on windows.',
  );
}
