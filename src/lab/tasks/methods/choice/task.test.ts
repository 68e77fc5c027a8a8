import { describe, expect, test } from 'vitest';
import type { LabError } from '../../../../base/errors';
import type { ContinuationLikelihood, LikelihoodTask } from '../../contract/task';
import { loadTask } from '../../contract/registry';

const task = (await loadTask('choice')) as LikelihoodTask;
const read = (...lines: unknown[]) =>
  task.read({ name: 'mine.jsonl', text: lines.map((line) => JSON.stringify(line)).join('\r\n') });
const likelihoods = (...values: number[]): ContinuationLikelihood[] =>
  values.map((logLikelihood) => ({ logLikelihood, tokens: 1, isGreedy: false, greedyText: '' }));

const QUESTION = { context: 'A dog can', choices: ['fly', ' bark loudly', 'swim'], answer: 1 };

test('choices follow the context after one space, and the likeliest is the answer', () => {
  const [example] = read(QUESTION);
  expect(task.question(example)).toEqual({
    context: 'A dog can',
    continuations: [' fly', ' bark loudly', ' swim'],
  });
  expect(task.question(read({ ...QUESTION, context: 'A dog can ' })[0]).continuations[0]).toBe('fly');
  expect(task.expected(example)).toBe(' bark loudly');
  // Per character: −6 ÷ 3 = −2, −11 ÷ 11 = −1, −8 ÷ 4 = −2.
  expect(task.score(example, likelihoods(-6, -11, -8))).toEqual({
    values: { accuracy: 0, 'normalised-accuracy': 1 },
    answer: 'fly',
  });
  // Of equal ones the first counts.
  expect(task.score(example, likelihoods(-12, -11, -11)).values.accuracy).toBe(1);
});

test('empty lines count as lines but not as examples', () => {
  const text = `\uFEFF${JSON.stringify(QUESTION)}\n\n${JSON.stringify(QUESTION)}\n`;
  expect(task.read({ name: 'x', text }).map(({ place }) => place)).toEqual(['line 1', 'line 3']);
});

describe('bad input is named by line', () => {
  test.each([
    [{ ...QUESTION, answer: undefined }, /^mine\.jsonl, line 2: it has no "answer"\.$/],
    [{ ...QUESTION, answer: 3 }, /line 2: the answer is 3, but the choices are 0 to 2/],
    [{ ...QUESTION, answer: -1 }, /line 2: the answer is -1/],
    [{ ...QUESTION, answer: 'B' }, /line 2: "answer" is not the index/],
    [{ ...QUESTION, choices: ['only'] }, /line 2: "choices" is not a list of two or more/],
    [{ ...QUESTION, choices: ['a', ''] }, /line 2: choice 1 is not text or is empty/],
    [{ ...QUESTION, context: undefined }, /line 2: it has no "context"/],
    [{ ...QUESTION, context: 7 }, /line 2: "context" is not text/],
    [[1], /line 2: it is not a JSON object/],
  ])('%j', (line, message) => expect(() => read(QUESTION, line)).toThrow(message));

  test('a line that is not JSON, and a file without lines', () => {
    expect(() => task.read({ name: 'x', text: '{"context":\n' })).toThrow(/x, line 1: it is not JSON/);
    try {
      task.read({ name: 'x', text: '\n' });
      expect.unreachable();
    } catch (error) {
      expect((error as LabError).code).toBe('bad-file');
      expect((error as LabError).remedy).toContain('docs/tasks.md');
    }
  });
});
