import { throwIfAborted } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { ModelShape } from '../../models/architecture';
import { stepsOf } from '../../models/program';
import { dependsOnLength } from '../../models/rotary';
import { generate, SAMPLING_STREAM, type OpenDecoder } from './generate';
import { sampleToken } from './sampling';

/** One text that is continued. */
interface BatchText {
  /** At least one token id, fewer than the model's context. */
  prompt: readonly number[];
  /** 0 is greedy. */
  temperature: number;
  seed: number;
}

export interface BatchOptions {
  texts: readonly BatchText[];
  maxTokens: number;
  stopIds: readonly number[];
  /** Whether a text is complete. @param added its ids after the prompt */
  isComplete: (added: readonly number[]) => boolean;
  signal?: AbortSignal;
}

/**
 * Continues several texts together, each until it is complete, `maxTokens` long or as long as the model's context. The texts step
 * through a cache side by side: as many tokens as the shortest prompt has run together, and where a longer prompt goes on, its own
 * tokens take the place of generated ones. A text has the tokens that `generate` gives it on its own, up to rounding.
 * @returns the ids after each prompt, without the id that stopped it
 * @throws LabError not-finite for logits; Cancelled
 */
export async function generateBatch(
  shape: ModelShape,
  open: OpenDecoder,
  options: BatchOptions,
): Promise<number[][]> {
  // Where frequencies depend on the length, texts of different lengths cannot share a cache.
  if (options.texts.length === 1 || stepsOf(shape.program, 'rotary').some(dependsOnLength)) {
    const found: number[][] = [];
    for (const text of options.texts) found.push(await generateOne(shape, open, text, options));
    return found;
  }
  return generateTogether(shape, open, options);
}

async function generateOne(
  shape: ModelShape,
  open: OpenDecoder,
  text: BatchText,
  { maxTokens, stopIds, isComplete, signal }: BatchOptions,
): Promise<number[]> {
  const added: number[] = [];
  for await (const id of generate(shape, open, { ...text, maxTokens, stopIds, signal })) {
    added.push(id);
    if (isComplete(added)) break;
  }
  return added;
}

/** A text on its way. */
class GrowingText {
  readonly added: number[] = [];
  isDone = false;
  private readonly text: BatchText;
  private readonly limit: number;
  private readonly random: KeyedRandom;
  private readonly options: BatchOptions;

  constructor(text: BatchText, options: BatchOptions, context: number) {
    this.text = text;
    this.options = options;
    this.limit = Math.min(options.maxTokens, context - text.prompt.length);
    this.random = new KeyedRandom(text.seed, SAMPLING_STREAM);
  }

  /** Returns the token at a position: of the prompt, or the one that the logits give. @param logits of the token before it */
  next(position: number, logits: () => Float32Array): number {
    const { prompt } = this.text;
    if (position < prompt.length) return prompt[position];
    if (!this.isDone) this.add(sampleToken(logits(), this.text, this.random.nextUniform()));
    // What a text that is done goes on with does not matter.
    return this.added.at(-1) ?? prompt[0];
  }

  private add(id: number): void {
    const { stopIds, isComplete } = this.options;
    this.isDone = stopIds.includes(id);
    if (this.isDone) return;
    this.added.push(id);
    this.isDone = this.added.length >= this.limit || isComplete(this.added);
  }
}

async function generateTogether(
  shape: ModelShape,
  open: OpenDecoder,
  options: BatchOptions,
): Promise<number[][]> {
  const { texts, maxTokens, signal } = options;
  const lengths = texts.map(({ prompt }) => prompt.length);
  const together = Math.min(...lengths);
  const end = Math.min(shape.maxContext, Math.max(...lengths) + maxTokens);
  const growing = texts.map((text) => new GrowingText(text, options, shape.maxContext));
  const decoder = await open(together, end - together, signal, texts.length);
  try {
    const { outputs } = shape.program.head;
    let logits = await decoder.prefill(
      texts.flatMap(({ prompt }) => prompt.slice(0, together)),
      signal,
    );
    for (let position = together; position < end; position++) {
      throwIfAborted(signal);
      const ids = growing.map((text, i) =>
        text.next(position, () => logits.subarray(i * outputs, (i + 1) * outputs)),
      );
      if (position + 1 === end || growing.every(({ isDone }) => isDone)) break;
      logits = await decoder.step(ids, signal);
    }
  } finally {
    decoder.dispose();
  }
  return growing.map(({ added }) => added);
}
