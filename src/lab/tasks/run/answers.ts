import type { ContinuationLikelihood } from '../contract/task';
import type { AnswerCache } from './answerCache';

/** What a model said to one example: the likelihoods of the continuations, or the generated texts. */
export type RawAnswer = readonly ContinuationLikelihood[] | readonly string[];

/** Milliseconds of answers that a crash may cost. */
const SAVE_MS = 5000;

/** The answers of one model to one task, by the place of the example. */
export class AnswerBook {
  private readonly cache: AnswerCache | undefined;
  private readonly key: string;
  private readonly answers: Map<string, RawAnswer>;
  private saved = performance.now();

  private constructor(cache: AnswerCache | undefined, key: string, answers: Map<string, RawAnswer>) {
    this.cache = cache;
    this.key = key;
    this.answers = answers;
  }

  /** Reads what an earlier run kept under the key; nothing if it cannot be read. */
  static async open(cache: AnswerCache | undefined, key: string): Promise<AnswerBook> {
    return new AnswerBook(cache, key, parsed(await cache?.get(key)));
  }

  get(place: string): RawAnswer | undefined {
    return this.answers.get(place);
  }

  /** Adds an answer, and keeps all of them now and then. */
  async add(place: string, answer: RawAnswer): Promise<void> {
    this.answers.set(place, answer);
    if (performance.now() - this.saved > SAVE_MS) await this.save();
  }

  async save(): Promise<void> {
    await this.cache?.set(this.key, JSON.stringify([...this.answers]));
    this.saved = performance.now();
  }

  /** Forgets the answers, once a record holds what they say. */
  async forget(): Promise<void> {
    await this.cache?.delete(this.key);
  }
}

function parsed(text: string | undefined): Map<string, RawAnswer> {
  try {
    return new Map(JSON.parse(text ?? '[]') as [string, RawAnswer][]);
  } catch {
    return new Map();
  }
}
