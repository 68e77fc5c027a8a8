import { LabError } from '../../../base/errors';
import type { MeasuredWeights } from '../../../evaluate/evaluator';
import { scoreSequences, type ScoredSequence, type SequenceLosses } from '../../../evaluate/sequences';
import type { Model } from '../../../models/model';
import type { Tokenizer } from '../../../models/tokenizer/tokenizer';
import type { Lab } from '../../lab';
import type { ContinuationLikelihood, LikelihoodTask, TaskExample } from '../contract/task';
import type { AnswerControl, Answers, PreparedTask } from './prepared';

/** An example's sequences, one for each continuation. */
interface AskedExample {
  example: TaskExample;
  sequences: ScoredSequence[];
}

/** A task's examples as sequences of tokens. */
export class PreparedLikelihood implements PreparedTask {
  private readonly lab: Lab;
  private readonly model: Model;
  private readonly tokenizer: Tokenizer;
  private readonly asked = new Map<TaskExample, AskedExample>();
  private readonly task: LikelihoodTask;

  constructor(lab: Lab, model: Model, tokenizer: Tokenizer, task: LikelihoodTask) {
    this.lab = lab;
    this.model = model;
    this.tokenizer = tokenizer;
    this.task = task;
  }

  async add(example: TaskExample, signal?: AbortSignal): Promise<number> {
    const { context, continuations } = this.task.question(example);
    const sequences: ScoredSequence[] = [];
    for (const continuation of continuations)
      sequences.push(await this.sequence(example, context, continuation, signal));
    this.asked.set(example, { example, sequences });
    // The last token is not run.
    return Math.max(...sequences.map(({ ids }) => ids.length - 1));
  }

  prompt(example: TaskExample): string {
    return this.task.question(example).context;
  }

  tokens(examples: readonly TaskExample[]): { prefill: number; decode: number } {
    const all = examples.flatMap((example) => this.asked.get(example)!.sequences);
    return { prefill: all.reduce((sum, { ids }) => sum + ids.length, 0), decode: 0 };
  }

  async *answers(
    weights: MeasuredWeights,
    examples: readonly TaskExample[],
    control: AnswerControl,
  ): AsyncGenerator<Answers> {
    const asked = examples.map((example) => this.asked.get(example)!);
    const sequences = asked.flatMap((one) => one.sequences);
    const owners = asked.flatMap((one, i) => one.sequences.map((_, continuation) => ({ i, continuation })));
    const found = asked.map((one) => new Array<ContinuationLikelihood | undefined>(one.sequences.length));
    const missing = asked.map((one) => one.sequences.length);
    const { lab, model, tokenizer } = this;
    const { gpu, cpu, memoryBytes } = lab;
    const input = {
      ...{ gpu, cpu, shape: model.shape, memoryBytes: control.memoryBytes ?? memoryBytes },
      withRank: this.task.withRank,
    };
    for await (const batch of scoreSequences(input, weights, sequences, control)) {
      const complete: Answers = [];
      for (const losses of batch) {
        const { index } = losses;
        const { i, continuation } = owners[index];
        found[i][continuation] = likelihood(sequences[index], losses, tokenizer);
        if (--missing[i] === 0) complete.push([examples[i], found[i] as ContinuationLikelihood[]]);
      }
      yield complete;
    }
  }

  /**
   * Tokenizes context and continuation together, so that the tokens are those of the whole text. A token belongs to the continuation
   * if it ends after the context; white space at the end of the context belongs to the continuation (lm-evaluation-harness).
   */
  private async sequence(
    { place }: TaskExample,
    context: string,
    continuation: string,
    signal?: AbortSignal,
  ): Promise<ScoredSequence> {
    const { ids, bytes } = await this.tokenizer.encodeMeasured(context + continuation, { signal });
    const contextBytes = new TextEncoder().encode(context.trimEnd()).length;
    let [firstScored, covered] = [0, bytes?.[0] ?? 0];
    while (bytes && covered <= contextBytes && firstScored < ids.length) covered += bytes[++firstScored];
    if (firstScored > 0 && firstScored < ids.length) return { ids, firstScored, name: place };
    throw new LabError(
      'bad-input',
      `The tokenizer of ${this.model.id} leaves no token before or after the end of the context of ${place}.`,
      'Write a longer context, or a continuation in characters that the tokenizer knows.',
    );
  }
}

function likelihood(
  { ids, firstScored }: ScoredSequence,
  { nll, top, rank }: SequenceLosses,
  tokenizer: Tokenizer,
): ContinuationLikelihood {
  return {
    logLikelihood: -nll.reduce((sum, value) => sum + value, 0),
    tokens: nll.length,
    isGreedy: top.every((id, i) => id === ids[firstScored + i]),
    greedyText: tokenizer.decode(top),
    ...(rank && { rank: Math.max(...rank) }),
  };
}
