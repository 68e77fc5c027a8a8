import { sha256 } from 'hash-wasm';
import { invariant, LabError, throwIfAborted } from '../../../base/errors';
import { grouped } from '../../../base/format';
import type { MeasuredWeights } from '../../../evaluate/evaluator';
import type { Model } from '../../../models/model';
import { loadTokenizer } from '../../../models/tokenizer/tokenizer';
import type { Lab } from '../../lab';
import type { Plan } from '../../plan/plan';
import type { TaskResult } from '../../results/taskResult';
import { loadTask, taskMeta } from '../contract/registry';
import { parseTaskSpec } from '../contract/spec';
import { summariseScores } from '../contract/summary';
import type { ContinuationLikelihood, ExampleScore, LanguageTask, TaskExample } from '../contract/task';
import { AnswerBook, type RawAnswer } from './answers';
import { PreparedGeneration } from './generation';
import { PreparedLikelihood } from './likelihood';
import type { AnswerControl, PreparedTask } from './prepared';

/** Examples whose answers a record keeps. */
const KEPT_SAMPLES = 20;
/** Characters of a prompt, and of an answer, that a record keeps, from the end of the one and the beginning of the other. */
const KEPT_CHARACTERS = 2000;

/** Raised when answers hold more than before, so that kept ones are asked again. */
const ANSWER_FORMAT = 2;

/** A task of a plan with the examples that the model is asked. */
interface OpenTask {
  /** As records name it. */
  name: string;
  label: string;
  task: LanguageTask;
  data: { id: string; sha256: string };
  examples: readonly TaskExample[];
  leftOut: readonly string[];
  prepared: PreparedTask;
  /** The baseline's answers and scores, once they are known. */
  baseline?: { answers: readonly RawAnswer[]; scores: readonly ExampleScore[] };
}

/** How answering is named, stopped and followed. */
export interface TaskControl extends AnswerControl {
  /** Key of the weights and of what runs them, under which answers are kept. */
  key: string;
  /** Examples answered, of all. */
  onProgress?: (done: number, total: number) => void;
}

/** The tasks of a plan, asked of one model in many forms. */
export class TaskSession {
  private readonly lab: Lab;
  private readonly plan: Plan;
  private readonly tasks: readonly OpenTask[];
  /** Answers of codecs that a record is about to hold. */
  private finished: AnswerBook[] = [];

  private constructor(lab: Lab, plan: Plan, tasks: readonly OpenTask[]) {
    this.lab = lab;
    this.plan = plan;
    this.tasks = tasks;
  }

  /**
   * Reads and tokenizes the examples of a plan's tasks.
   * @returns undefined for a plan without tasks
   * @throws LabError naming the line of a file that cannot be asked; what opening the data throws; Cancelled
   */
  static async open(
    lab: Lab,
    plan: Plan,
    model: Model,
    signal?: AbortSignal,
  ): Promise<TaskSession | undefined> {
    if (!plan.tasks) return undefined;
    const tasks: OpenTask[] = [];
    for (const spelling of plan.tasks) tasks.push(await openTask(lab, plan, model, spelling, signal));
    return new TaskSession(lab, plan, tasks);
  }

  /** What records depend on. */
  get key(): unknown {
    const tasks = this.tasks.map(({ name, data }) => [name, data.sha256]);
    return [ANSWER_FORMAT, this.plan.taskExamples ?? 'all', tasks];
  }

  /** The number of tokens that one form of the model runs together, and of those that it generates one by one at most. */
  get tokens(): { prefill: number; decode: number } {
    const each = this.tasks.map(({ prepared, examples }) => prepared.tokens(examples));
    const total = (of: 'prefill' | 'decode') => each.reduce((sum, tokens) => sum + tokens[of], 0);
    return { prefill: total('prefill'), decode: total('decode') };
  }

  /**
   * Asks some weights.
   * @param isBaseline whether later answers are compared with these, which are kept for further runs
   * @throws LabError; Cancelled, with the answers so far kept
   */
  async measure(weights: MeasuredWeights, control: TaskControl, isBaseline = false): Promise<TaskResult[]> {
    const total = this.tasks.reduce((sum, { examples }) => sum + examples.length, 0);
    const results: TaskResult[] = [];
    let before = 0;
    for (const open of this.tasks) {
      const onAnswered = (answered: number) => control.onProgress?.(before + answered, total);
      results.push(await this.measureTask(open, weights, { ...control, onAnswered }, isBaseline));
      before += open.examples.length;
    }
    return results;
  }

  /** Forgets the answers of the last codec, once a record holds what they say. */
  async forget(): Promise<void> {
    for (const book of this.finished) await book.forget();
    this.finished = [];
  }

  private async measureTask(
    open: OpenTask,
    weights: MeasuredWeights,
    control: TaskControl & { onAnswered: (answered: number) => void },
    isBaseline: boolean,
  ): Promise<TaskResult> {
    const { examples, task } = open;
    const { name, data } = open;
    const { seed } = this.plan;
    const key = await sha256(JSON.stringify([ANSWER_FORMAT, control.key, name, data.sha256, seed]));
    const book = await AnswerBook.open(this.lab.answerCache, key);
    const speed = await this.ask(open, weights, book, control);
    const answers = examples.map(({ place }) => book.get(place)!);
    const scores: ExampleScore[] = [];
    for (const [i, example] of examples.entries()) {
      throwIfAborted(control.signal);
      scores.push(await score(task, example, answers[i], { lab: this.lab, signal: control.signal }));
    }
    if (isBaseline) {
      open.baseline = { answers, scores };
      await book.save();
    } else this.finished.push(book);
    invariant(open.baseline, 'the baseline is asked first');
    return taskResult(open, scores, isBaseline ? undefined : open.baseline.scores, speed);
  }

  /** Asks the examples that have no answer yet. @returns their number per second, if there are any */
  private async ask(
    { examples, prepared }: OpenTask,
    weights: MeasuredWeights,
    book: AnswerBook,
    { onAnswered, ...control }: TaskControl & { onAnswered: (answered: number) => void },
  ): Promise<Pick<TaskResult, 'examplesPerSecond'>> {
    const missing = examples.filter(({ place }) => book.get(place) === undefined);
    let answered = examples.length - missing.length;
    onAnswered(answered);
    if (missing.length === 0) return {};
    const started = performance.now();
    const { memory: memoryBytes } = this.plan;
    try {
      for await (const answers of prepared.answers(weights, missing, { ...control, memoryBytes })) {
        for (const [{ place }, answer] of answers) await book.add(place, answer);
        onAnswered((answered += answers.length));
        throwIfAborted(control.signal);
      }
    } finally {
      await book.save();
    }
    const seconds = Math.max(performance.now() - started, 1e-3) / 1000;
    return { examplesPerSecond: missing.length / seconds };
  }
}

function score(
  task: LanguageTask,
  example: TaskExample,
  answer: RawAnswer,
  context: { lab: Lab; signal?: AbortSignal },
): ExampleScore | Promise<ExampleScore> {
  return task.kind === 'likelihood'
    ? task.score(example, answer as readonly ContinuationLikelihood[])
    : task.score(example, answer as readonly string[], context);
}

function taskResult(
  { name, label, task, data, examples, leftOut, prepared }: OpenTask,
  scores: readonly ExampleScore[],
  baseline: readonly ExampleScore[] | undefined,
  speed: Pick<TaskResult, 'examplesPerSecond'>,
): TaskResult {
  return {
    task: name,
    label,
    dataset: data.id,
    datasetSha256: data.sha256,
    examples: examples.length,
    leftOut: [...leftOut],
    metrics: summariseScores(task.metrics, examples, scores, baseline),
    samples: examples.slice(0, KEPT_SAMPLES).map((example, i) => ({
      place: example.place,
      prompt: prepared.prompt(example).slice(-KEPT_CHARACTERS),
      expected: task.expected(example),
      ...(baseline && { baseline: baseline[i].answer.slice(0, KEPT_CHARACTERS) }),
      answer: scores[i].answer.slice(0, KEPT_CHARACTERS),
    })),
    ...speed,
  };
}

async function openTask(
  lab: Lab,
  plan: Plan,
  model: Model,
  spelling: string,
  signal?: AbortSignal,
): Promise<OpenTask> {
  const { id, file } = parseTaskSpec(spelling);
  const meta = taskMeta(id);
  const task = await loadTask(id);
  const data = await lab.openExamples(file ?? meta.dataset!, signal);
  const tokenizer = await loadTokenizer(model.assets);
  const prepared =
    task.kind === 'likelihood'
      ? new PreparedLikelihood(lab, model, tokenizer, task)
      : new PreparedGeneration(lab, model, tokenizer, task, plan.seed);
  const examples: TaskExample[] = [];
  const leftOut: string[] = [];
  for (const example of firstExamples(task.read({ name: data.id, text: data.text }), plan.taskExamples)) {
    throwIfAborted(signal);
    const tokens = await prepared.add(example, signal);
    if (tokens <= model.shape.maxContext) examples.push(example);
    else if (file === undefined) leftOut.push(example.place);
    else throw tooLong(data.id, example, tokens, model);
  }
  const name = file === undefined ? id : `${id}:${data.id}`;
  refuseFew(name, examples, leftOut.length, model);
  return { name, label: meta.label, task, data, examples, leftOut, prepared };
}

/** Returns the first examples. Where they are in clusters, clusters take turns, so that few examples are not all of one. */
function firstExamples(examples: readonly TaskExample[], limit = Infinity): TaskExample[] {
  if (examples.length <= limit) return [...examples];
  const seen = new Map<string, number>();
  const ranked = examples.map((example, i) => {
    const turn = example.cluster === undefined ? 0 : (seen.get(example.cluster) ?? 0);
    if (example.cluster !== undefined) seen.set(example.cluster, turn + 1);
    return { example, turn, i };
  });
  ranked.sort((a, b) => a.turn - b.turn || a.i - b.i);
  return ranked.slice(0, limit).map(({ example }) => example);
}

function tooLong(file: string, { place }: TaskExample, tokens: number, { id, shape }: Model): LabError {
  return new LabError(
    'bad-input',
    `${file}, ${place}: with its answer it has ${grouped(tokens)} tokens; ${id} was made for ${grouped(shape.maxContext)}.`,
    'Shorten it, take it out, or choose a model with a longer context.',
  );
}

/** Refuses too few examples for an interval. */
function refuseFew(name: string, examples: readonly TaskExample[], leftOut: number, { id }: Model): void {
  const clusters = new Set(examples.map(({ place, cluster }) => cluster ?? place));
  if (clusters.size >= 2) return;
  const why = leftOut > 0 ? `: ${grouped(leftOut)} are longer than the context of ${id}` : '';
  throw new LabError(
    'bad-plan',
    `${name} has ${grouped(examples.length)} examples in ${clusters.size} clusters to ask${why}; an interval needs two.`,
    'Raise task-examples, choose a model with a longer context, or leave the task out.',
  );
}
