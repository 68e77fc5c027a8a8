import type { Lab } from '../../lab';

/** One example of a task. */
export interface TaskExample {
  /** Where its file has it, as errors name it: "line 12". */
  place: string;
  /** Examples of one cluster depend on each other, such as questions on one paragraph; absent if they are independent. */
  cluster?: string;
}

/** A file with a task's examples. */
export interface TaskFile {
  name: string;
  text: string;
}

/** What a task reports. */
export interface TaskMetric {
  /** Its name in records and tables, unique within the task. */
  id: string;
  label: string;
  /** `proportion`: 0 or 1 for each example; `mean`: a number from 0 to 1; `perplexity`: a loss over some tokens. */
  kind: 'proportion' | 'mean' | 'perplexity';
}

/** The loss of some tokens of one example, in nats. */
export interface TokensLoss {
  nll: number;
  tokens: number;
}

/** What one example contributes. */
export interface ExampleScore {
  /** By the metric's id. Perplexities have the loss of their tokens. */
  values: Readonly<Record<string, number | TokensLoss>>;
  /** What the model answered, as people read it. */
  answer: string;
}

interface TaskBase<Example extends TaskExample> {
  metrics: readonly TaskMetric[];
  /** Reads the examples of a file. @throws LabError bad-file naming the line at fault */
  read(file: TaskFile): Example[];
  /** The right answer, as people read it. */
  expected(example: Example): string;
}

/** A context and texts that may follow it. */
interface LikelihoodQuestion {
  context: string;
  /** At least one. Each follows the context as it is, including its leading space. */
  continuations: readonly string[];
}

/** How likely a model finds a continuation after its context. */
export interface ContinuationLikelihood {
  /** ln P(continuation | context), the sum over its tokens, in nats. */
  logLikelihood: number;
  tokens: number;
  /** Whether each of its tokens is the most likely one after those before it. */
  isGreedy: boolean;
  /** The most likely token at each place of the continuation, as text. */
  greedyText: string;
  /**
   * Rank of the least expected of its tokens, 1 for the most likely one; of equally likely tokens none counts as more likely. Absent
   * unless the task asks for ranks.
   */
  rank?: number;
}

/** A task that is scored by the likelihood of given texts. */
export interface LikelihoodTask<Example extends TaskExample = TaskExample> extends TaskBase<Example> {
  kind: 'likelihood';
  /** Asks for the ranks of the continuations. */
  withRank?: true;
  question(example: Example): LikelihoodQuestion;
  /** @param found one for each continuation, in their order */
  score(example: Example, found: readonly ContinuationLikelihood[]): ExampleScore;
}

/** What a scorer may use besides the answers. */
export interface ScoringContext {
  lab: Lab;
  signal?: AbortSignal;
}

/** A task that is scored by the text that a model generates after a prompt. */
export interface GenerationTask<Example extends TaskExample = TaskExample> extends TaskBase<Example> {
  kind: 'generation';
  prompt(example: Example): string;
  /** Tokens that are generated at most. */
  maxTokens: number;
  /** Texts that end an answer; they are not part of it. */
  stop: readonly string[];
  /** Answers drawn beside the greedy one; absent if there are none. */
  drawn?: { count: number; temperature: number };
  /** @param answers the greedy answer, then the drawn ones */
  score(
    example: Example,
    answers: readonly string[],
    context: ScoringContext,
  ): ExampleScore | Promise<ExampleScore>;
}

/** Something that language models are asked to do, and how their answers are scored. */
export type LanguageTask = LikelihoodTask | GenerationTask;

/** The description of a task, which plans and the page need before its code is loaded. */
export interface TaskMeta {
  /** Its name in plans. */
  id: string;
  label: string;
  help: string;
  /** The data set that ships with the page (src/data/catalogue.ts); absent if the plan must name a file. */
  dataset?: string;
  /** The files that plans may name as `id:FILE`, as the help shows them; absent if there are none. */
  file?: string;
}

/** Gives the code of a task the type of its examples. */
export function defineTask<Example extends TaskExample>(
  task: LikelihoodTask<Example> | GenerationTask<Example>,
): LanguageTask {
  return task;
}
