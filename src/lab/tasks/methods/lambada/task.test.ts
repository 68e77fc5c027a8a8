import { expect, test } from 'vitest';
import { loadTaskExamples } from '../../../../data/datasets';
import { folderFiles } from '../../../../platform/node/folder';
import type { LikelihoodTask } from '../../contract/task';
import { loadTask } from '../../contract/registry';

const task = (await loadTask('lambada')) as LikelihoodTask;

test('the data set that ships has the 5,153 passages of OpenAI, each with a last word', async () => {
  const { id, text } = await loadTaskExamples('lambada', folderFiles('public/data'));
  const examples = task.read({ name: id, text });
  expect(examples.length).toBe(5153);
  expect(task.expected(examples[0])).toBe('signs');
  const { context, continuations } = task.question(examples[0]);
  expect(context.endsWith("I don't care about")).toBe(true);
  expect(continuations).toEqual([' signs']);
});

const [example] = task.read({ name: 'x', text: '{"text": "He rang the bell"}' });
const found = { logLikelihood: -2.5, tokens: 2, isGreedy: true, greedyText: ' bell', rank: 1 };

test('a word is right if every token is the likeliest one', () => {
  expect(task.score(example, [found])).toEqual({
    values: { accuracy: 1, 'top-5': 1, 'reciprocal-rank': 1, perplexity: { nll: 2.5, tokens: 2 } },
    answer: 'bell',
  });
});

test.each([
  [2, 1, 1 / 2],
  [5, 1, 1 / 5],
  [6, 0, 1 / 6],
])('a word of rank %i counts %i among the five likeliest, and %f as a reciprocal', (rank, top, reciprocal) =>
  expect(task.score(example, [{ ...found, isGreedy: false, rank }])).toMatchObject({
    values: { accuracy: 0, 'top-5': top, 'reciprocal-rank': reciprocal },
  }),
);

test('a line without an answer is named', () => {
  const text = '{"text": "two words"}\n{"text": "word"}';
  expect(() => task.read({ name: 'mine.jsonl', text })).toThrow(/^mine\.jsonl, line 2: .*no answer/);
  expect(() => task.read({ name: 'mine.jsonl', text: '{"word": "x"}' })).toThrow(/line 1: it has no "text"/);
});
