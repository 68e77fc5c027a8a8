import { LabError } from '../../../base/errors';
import { batchLimits } from '../../../evaluate/batches';
import type { MeasuredWeights } from '../../../evaluate/evaluator';
import type { Model } from '../../../models/model';
import type { Tokenizer } from '../../../models/tokenizer/tokenizer';
import { isStreamed } from '../../../runtime/forward/streamedWeights';
import { generateBatch } from '../../../runtime/generate/batch';
import { weightDecoders } from '../../generate/decoder';
import { stopIds } from '../../generate/text';
import type { Lab } from '../../lab';
import type { GenerationTask, TaskExample } from '../contract/task';
import type { AnswerControl, Answers, PreparedTask } from './prepared';

/** Texts that are continued side by side: enough to reuse each weight that is read. */
const SOFTWARE_TEXTS = 8;
const HARDWARE_TEXTS = 32;

/** One text that is generated: the first answer of an example is greedy, the others are drawn. */
interface AskedText {
  example: number;
  draw: number;
  prompt: readonly number[];
}

/** A task's examples as prompts of tokens. */
export class PreparedGeneration implements PreparedTask {
  private readonly lab: Lab;
  private readonly model: Model;
  private readonly tokenizer: Tokenizer;
  private readonly prompts = new Map<TaskExample, readonly number[]>();
  private readonly task: GenerationTask;
  private readonly seed: number;

  /** @param seed seed of the answers that are drawn */
  constructor(lab: Lab, model: Model, tokenizer: Tokenizer, task: GenerationTask, seed: number) {
    this.lab = lab;
    this.model = model;
    this.tokenizer = tokenizer;
    this.task = task;
    this.seed = seed;
  }

  async add(example: TaskExample, signal?: AbortSignal): Promise<number> {
    const prompt = Array.from(await this.tokenizer.encode(this.task.prompt(example), { signal }));
    this.prompts.set(example, prompt);
    // Without room for the whole answer, a long prompt would be at a disadvantage.
    return prompt.length + this.task.maxTokens - 1;
  }

  prompt(example: TaskExample): string {
    return this.task.prompt(example);
  }

  tokens(examples: readonly TaskExample[]): { prefill: number; decode: number } {
    const each = this.perExample;
    const prefill = examples.reduce((sum, example) => sum + this.prompts.get(example)!.length, 0);
    return { prefill: each * prefill, decode: each * examples.length * this.task.maxTokens };
  }

  async *answers(
    weights: MeasuredWeights,
    examples: readonly TaskExample[],
    { label, signal }: AnswerControl,
  ): AsyncGenerator<Answers> {
    const { lab, model } = this;
    if (isStreamed(weights))
      throw new LabError(
        'limit',
        `${label}: a task that generates text needs the whole of ${model.id} in memory, and it is measured in parts.`,
        'Leave the task out, allow more memory, or use a machine with more.',
      );
    const decoders = await weightDecoders(lab, model.shape, weights, signal);
    try {
      // The longest first: what does not fit the memory fails at once.
      const texts = this.texts(examples).sort((a, b) => b.prompt.length - a.prompt.length);
      const found = examples.map((): string[] => []);
      const size = this.batchSize();
      for (let first = 0; first < texts.length; first += size) {
        const batch = texts.slice(first, first + size);
        const added = await generateBatch(model.shape, decoders.open, {
          texts: batch.map((text) => this.batchText(text)),
          maxTokens: this.task.maxTokens,
          stopIds: stopIds(model),
          isComplete: (ids) => this.stopIn(this.tokenizer.decode(ids)) >= 0,
          signal,
        });
        batch.forEach(
          ({ example, draw, prompt }, i) => (found[example][draw] = this.answer(prompt, added[i])),
        );
        const complete = [...new Set(batch.map(({ example }) => example))].filter(
          (example) => found[example].filter((answer) => answer !== undefined).length === this.perExample,
        );
        yield complete.map((example) => [examples[example], found[example]]);
      }
    } finally {
      decoders.dispose();
    }
  }

  private get perExample(): number {
    return 1 + (this.task.drawn?.count ?? 0);
  }

  private texts(examples: readonly TaskExample[]): AskedText[] {
    return examples.flatMap((one, example) =>
      Array.from({ length: this.perExample }, (_, draw) => ({
        example,
        draw,
        prompt: this.prompts.get(one)!,
      })),
    );
  }

  /** Drawn answers depend on the seed and their number alone, so that all codecs draw from the same random numbers. */
  private batchText({ draw, prompt }: AskedText) {
    const temperature = draw === 0 ? 0 : this.task.drawn!.temperature;
    return { prompt, temperature, seed: this.seed + draw * 2 ** 32 };
  }

  private batchSize(): number {
    const { gpu, cpu } = this.lab;
    const { maxBindingBytes, software } = batchLimits(cpu ? undefined : gpu);
    const { cacheWidths, maxContext } = this.model.shape;
    const cacheBytes = 4 * Math.min(maxContext, this.longest) * Math.max(...cacheWidths);
    const fit = Math.max(1, Math.floor(maxBindingBytes / cacheBytes));
    return Math.min(fit, software ? SOFTWARE_TEXTS : HARDWARE_TEXTS);
  }

  private get longest(): number {
    return Math.max(...[...this.prompts.values()].map(({ length }) => length)) + this.task.maxTokens;
  }

  /** Returns where the first text that ends an answer begins; −1 if none does. */
  private stopIn(text: string): number {
    const places = this.task.stop.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    return places.length === 0 ? -1 : Math.min(...places);
  }

  /** Decodes an answer as a part of the whole text, since its first token may depend on the prompt. */
  private answer(prompt: readonly number[], added: readonly number[]): string {
    const { tokenizer } = this;
    const text = tokenizer.decode([...prompt, ...added]).slice(tokenizer.decode(prompt).length);
    const end = this.stopIn(text);
    return end < 0 ? text : text.slice(0, end);
  }
}
