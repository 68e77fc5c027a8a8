import type { MeasuredWeights } from '../../../evaluate/evaluator';
import type { TaskExample } from '../contract/task';
import type { RawAnswer } from './answers';

/** Answers that have arrived, with their examples. */
export type Answers = [example: TaskExample, answer: RawAnswer][];

/** How answering is named and stopped. */
export interface AnswerControl {
  /** The codec as errors name it. */
  label: string;
  signal?: AbortSignal;
  /** Bytes that measuring may take, where the plan limits them. */
  memoryBytes?: number;
}

/** A task whose examples are tokenized for one model. */
export interface PreparedTask {
  /** Tokenizes an example. @returns the number of tokens that are run at least, which must not exceed the model's context */
  add(example: TaskExample, signal?: AbortSignal): Promise<number>;
  /** What is asked, as people read it. */
  prompt(example: TaskExample): string;
  /** The number of tokens that run together, and of those that run one by one at most, for the estimate. */
  tokens(examples: readonly TaskExample[]): { prefill: number; decode: number };
  /** Answers examples with some weights, in any order, some at a time. @throws LabError; Cancelled */
  answers(
    weights: MeasuredWeights,
    examples: readonly TaskExample[],
    control: AnswerControl,
  ): AsyncGenerator<Answers>;
}
