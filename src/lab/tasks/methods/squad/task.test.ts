import { describe, expect, test } from 'vitest';
import { loadTaskExamples } from '../../../../data/datasets';
import { folderFiles } from '../../../../platform/node/folder';
import type { GenerationTask, ScoringContext } from '../../contract/task';
import { loadTask } from '../../contract/registry';
import { exactMatch, tokenF1 } from './normalise';

const task = (await loadTask('squad')) as GenerationTask;

/** Computed by hand after evaluate-v1.1.py. */
describe('the measures of the official script', () => {
  test.each([
    ['Denver Broncos', 'the Denver Broncos!', 1, 1],
    ['The  DENVER\tbroncos', 'Denver Broncos', 1, 1],
    // Punctuation is taken out, not replaced: "24–10" keeps its dash, which is not of ASCII, and "Levi's" becomes "levis".
    ['24-10', '2410', 1, 1],
    ['24–10', '2410', 0, 0],
    ["Levi's Stadium", 'Levis Stadium', 1, 1],
    // Two of two words in common with two of three: 2 · 2 ÷ (2 + 3).
    ['Santa Clara', 'Santa Clara, California', 0, 0.8],
    // Counted with multiplicity: "a" is an article, "b b" against "b c d": 2 · 1 ÷ (2 + 3).
    ['a b b', 'b c d', 0, 0.4],
    ['theatre', 'atre', 0, 0],
    ['', 'gold', 0, 0],
  ])('%j against %j', (given, right, exact, f1) => {
    expect(exactMatch(given, right)).toBe(exact);
    expect(tokenF1(given, right)).toBeCloseTo(f1, 12);
  });
});

const FILE = {
  data: [
    {
      title: 'Super_Bowl_50',
      paragraphs: [
        {
          context: 'Denver won.',
          qas: [
            { id: 'q1', question: 'Who won? ', answers: [{ text: 'Denver' }, { text: 'Denver Broncos' }] },
          ],
        },
      ],
    },
  ],
};
const read = (value: unknown) => task.read({ name: 'dev.json', text: JSON.stringify(value) });

test('the prompt is fixed, and the best of the given answers counts', async () => {
  const [example] = read(FILE);
  expect(task.prompt(example)).toBe(
    'Title: Super Bowl 50\n\nBackground: Denver won.\n\nQuestion: Who won?\n\nAnswer:',
  );
  const score = await task.score(example, [' The Broncos'], {} as ScoringContext);
  expect(score).toEqual({
    values: { f1: expect.closeTo(2 / 3, 12) as number, 'exact-match': 0 },
    answer: 'The Broncos',
  });
  expect(task.expected(example)).toBe('Denver / Denver Broncos');
});

test('the article that ships has 810 questions on 54 paragraphs', async () => {
  const { id, text } = await loadTaskExamples('squad', folderFiles('public/data'));
  const examples = task.read({ name: id, text });
  expect(examples.length).toBe(810);
  expect(new Set(examples.map(({ cluster }) => cluster)).size).toBe(54);
});

test('bad input is named by its place', () => {
  const [article] = FILE.data;
  const [paragraph] = article.paragraphs;
  const unanswered = { ...paragraph, qas: [{ id: 'q2', question: 'Why?', answers: [] }] };
  const withParagraph = (other: unknown) => ({ data: [{ ...article, paragraphs: [paragraph, other] }] });
  expect(() => read(withParagraph(unanswered))).toThrow(/^dev\.json, question q2: it has no answer/);
  expect(() => read(withParagraph({ context: 'x' }))).toThrow(/dev\.json, data\.0\.paragraphs\.1\.qas/);
  expect(() => read({ data: [] })).toThrow(/it has no questions/);
  expect(() => task.read({ name: 'dev.json', text: 'x' })).toThrow(/dev\.json: it is not JSON/);
});
