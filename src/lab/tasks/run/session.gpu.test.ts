import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Cancelled } from '../../../base/errors';
import { loadTokenizer } from '../../../models/tokenizer/tokenizer';
import { nodeLabOn } from '../../../platform/node/lab';
import { nodeRuntime } from '../../../platform/node/onnxRuntime';
import { referenceLogits } from '../../../runtime/reference/logits';
import { testGpu } from '../../../testing/gpu';
import type { Lab } from '../../lab';
import { buildPlan, EMBEDDED_NAMES } from '../../plan/build';
import type { TaskResult } from '../../results/taskResult';
import type { AnswerCache } from './answerCache';
import { TaskSession } from './session';

const onAdapter = nodeLabOn(await testGpu());
const cpu = await nodeRuntime();
afterAll(() => expect(onAdapter.gpu.buffers.liveCount).toBe(0));

const QUESTIONS = [
  { context: 'Once upon a', choices: ['time', 'potato', 'quickly'], answer: 0 },
  { context: 'The little girl was very', choices: ['happy', 'a'], answer: 1 },
  { context: 'One day, a boy named Tim', choices: ['went to the park', 'was', 'xylophone'], answer: 2 },
];

/** What kept answers hold. */
const kept = new Map<string, string>();
const answerCache: AnswerCache = {
  get: async (key) => kept.get(key),
  set: async (key, text) => void kept.set(key, text),
  delete: async (key) => void kept.delete(key),
};
beforeEach(() => kept.clear());

/** The lab with files of examples by name. */
function labWith(files: Record<string, unknown[]>, lab: Lab = { ...onAdapter, cpu }): Lab {
  return {
    ...lab,
    answerCache,
    openExamples: async (id, signal) =>
      id in files
        ? { id, text: files[id].map((line) => JSON.stringify(line)).join('\n'), sha256: id }
        : onAdapter.openExamples(id, signal),
  };
}

const planOf = (tasks: string[], examples: number | 'all' = 'all', model = 'stories260K') =>
  buildPlan({ model, tasks, 'task-examples': examples }, { ...EMBEDDED_NAMES, examples: (name) => name });

const model = await onAdapter.openModel('stories260K');
const control = { key: 'weights', label: 'test' };

async function ask(lab: Lab, tasks: string[], examples?: number, more: object = {}): Promise<TaskResult[]> {
  const session = (await TaskSession.open(lab, planOf(tasks, examples), model))!;
  const weights = await lab.processor.load(model);
  try {
    return await session.measure(weights, { ...control, ...more }, true);
  } finally {
    weights.dispose();
  }
}

/** ln P(choice | context) by float64, token by token. */
async function logLikelihood(context: string, choice: string): Promise<number> {
  const { shape } = model;
  const tokenizer = await loadTokenizer(model.assets);
  const first = (await tokenizer.encode(context)).length;
  const ids = await tokenizer.encode(`${context} ${choice}`);
  const weight = (name: string) => model.tensor(shape.tensors.find((spec) => spec.name === name)!);
  const logits = await referenceLogits(shape, weight, { values: ids, sequences: 1, length: ids.length });
  let sum = 0;
  for (let t = first; t < ids.length; t++) {
    const row = logits.subarray((t - 1) * shape.vocabulary, t * shape.vocabulary);
    sum += row[ids[t]] - Math.log(row.reduce((total, value) => total + Math.exp(value), 0));
  }
  return sum;
}

const argMaxOf = (values: readonly number[]) => values.indexOf(Math.max(...values));

test.each([
  ['CPU', { ...onAdapter, cpu }],
  ['adapter', onAdapter],
])('choices are those of a float64 loop (%s)', async (_, lab) => {
  const [found] = await ask(labWith({ mine: QUESTIONS }, lab), ['choice:mine']);
  let [right, normalised] = [0, 0];
  for (const [i, { context, choices, answer }] of QUESTIONS.entries()) {
    const values: number[] = [];
    for (const choice of choices) values.push(await logLikelihood(context, choice));
    right += Number(argMaxOf(values) === answer);
    normalised += Number(argMaxOf(values.map((value, c) => value / choices[c].length)) === answer);
    expect(found.samples[i].answer).toBe(choices[argMaxOf(values)]);
  }
  expect(found).toMatchObject({ task: 'choice:mine', examples: 3, leftOut: [], dataset: 'mine' });
  expect(found.metrics.map(({ value }) => value)).toEqual([
    expect.closeTo(right / 3, 12),
    expect.closeTo(normalised / 3, 12),
  ]);
  expect(right).toBeGreaterThan(0);
});

describe('all tasks', () => {
  test('LAMBADA and SQuAD give figures on both engines, equal but for rounding', async () => {
    const tasks = ['lambada', 'squad'];
    const [onCpu, onGpu] = [await ask(labWith({}), tasks, 6), await ask(labWith({}, onAdapter), tasks, 6)];
    for (const [i, { metrics, samples, examples, leftOut }] of onCpu.entries()) {
      expect(examples + leftOut.length).toBe(6);
      expect(samples.map(({ answer }) => answer)).toEqual(onGpu[i].samples.map(({ answer }) => answer));
      for (const [m, { value }] of metrics.entries()) expect(onGpu[i].metrics[m].value).toBeCloseTo(value, 2);
    }
    const [lambada, squad] = onCpu;
    expect(lambada.metrics.map(({ id }) => id)).toEqual([
      'accuracy',
      'top-5',
      'reciprocal-rank',
      'perplexity',
    ]);
    expect(lambada.metrics[3].value).toBeGreaterThan(1);
    expect(squad.samples[0].prompt).toMatch(/^Title: Super Bowl 50\n\nBackground: /);
  });

  test('a codec is compared with the baseline, and the samples show both', async () => {
    const lab = labWith({ mine: QUESTIONS });
    const session = (await TaskSession.open(lab, planOf(['choice:mine']), model))!;
    const weights = await lab.processor.load(model);
    await session.measure(weights, control, true);
    const [found] = await session.measure(weights, { ...control, key: 'codec' });
    weights.dispose();
    expect(kept.size).toBe(2);
    await session.forget();
    expect(found.metrics[0].comparison).toMatchObject({ delta: 0, withinTenPercent: 'unsure' });
    expect(found.samples[0].baseline).toBe(found.samples[0].answer);
    // The answers of the baseline stay for the next run.
    expect(kept.size).toBe(1);
  });

  test('after Stop, the answers so far are not asked again', async () => {
    const lab = labWith({});
    const controller = new AbortController();
    const onProgress = (done: number) => done >= 4 && controller.abort();
    const stopped = ask(lab, ['lambada'], 16, { signal: controller.signal, onProgress });
    await expect(stopped).rejects.toBeInstanceOf(Cancelled);
    const answers = () => (JSON.parse([...kept.values()][0]) as unknown[]).length;
    const before = answers();
    expect(before).toBeGreaterThanOrEqual(4);
    expect(before).toBeLessThan(16);
    const done: number[] = [];
    const resumed = await ask(lab, ['lambada'], 16, { onProgress: (count: number) => done.push(count) });
    expect(done[0]).toBe(before);
    expect(answers()).toBe(16);
    // A run that found all answers is as good as one that asked.
    const again = await ask(lab, ['lambada'], 16);
    expect(again[0].metrics).toEqual(resumed[0].metrics);
    expect(again[0]).not.toHaveProperty('examplesPerSecond');
  });
});

describe('what the model cannot be asked', () => {
  const long = { ...QUESTIONS[0], context: 'word '.repeat(600) };

  test('a line of a file that is longer than the context is refused by its place', async () => {
    const lab = labWith({ mine: [QUESTIONS[0], long, QUESTIONS[1]] });
    await expect(ask(lab, ['choice:mine'])).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(/^mine, line 2: .* tokens; stories260K was made for 512/) as string,
    });
  });

  test('passages that ship and are too long are left out by name, and two must remain', async () => {
    const [long, short] = [{ text: `${'word '.repeat(600)}end` }, { text: 'The dog ran home' }];
    const lab = labWith({ lambada: [short, long, short, short] });
    const [found] = await ask(lab, ['lambada']);
    expect(found).toMatchObject({ examples: 3, leftOut: ['line 2'] });
    const few = labWith({ lambada: [short, long, long] });
    await expect(TaskSession.open(few, planOf(['lambada']), model)).rejects.toMatchObject({
      code: 'bad-plan',
      message: expect.stringMatching(/lambada has 1 examples .*2 are longer than the context/) as string,
    });
  });
});
