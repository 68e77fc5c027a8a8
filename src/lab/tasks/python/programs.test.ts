import { afterAll, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { nodePython } from '../../../platform/node/python';
import { loadTask } from '../contract/registry';
import type { GenerationTask, ScoringContext } from '../contract/task';
import type { FunctionExample } from './programs';

const python = nodePython({ timeMs: 60_000 });
afterAll(() => python.dispose());
const context = { lab: { openPython: async () => python } } as unknown as ScoringContext;
const greedy = (await loadTask('humaneval')) as GenerationTask<FunctionExample>;
const sampled = (await loadTask('humaneval-samples')) as GenerationTask<FunctionExample>;

const DOUBLE = {
  task_id: 'own/1',
  prompt: 'def double(x):\n    """Return twice x."""\n',
  entry_point: 'double',
  test: 'def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n',
};
const RIGHT = '    return 2 * x\n';
const WRONG = '    return x * x\n';
const read = (line: object) => greedy.read({ name: 'own.jsonl', text: JSON.stringify(line) });
const [double] = read(DOUBLE);

test('the file that ships has the 164 functions of HumanEval', () => {
  const text = gunzipSync(readFileSync('public/data/humaneval/HumanEval.jsonl.gz')).toString();
  const examples = greedy.read({ name: 'HumanEval.jsonl', text });
  expect(examples).toHaveLength(164);
  expect(examples[163]).toMatchObject({ place: 'line 164 (HumanEval/163)', entryPoint: 'generate_integers' });
  expect(greedy.expected(examples[0])).toContain('distance < threshold');
});

test('pass@1 is whether the greedy answer passes, and the answer says why not', async () => {
  expect(await greedy.score(double, [RIGHT], context)).toEqual({
    values: { 'pass@1': 1 },
    answer: '    return 2 * x\n# passes its tests',
  });
  const { values, answer } = await greedy.score(double, [WRONG], context);
  expect(values).toEqual({ 'pass@1': 0 });
  // 2 · 2 = 4 passes; (−1)² = 1 is not −2. The prompt has two lines, the answer one, and an empty one follows.
  expect(answer).toBe('    return x * x\n# AssertionError in line 7');
});

test('pass@k counts drawn answers, not the greedy one', async () => {
  const { count } = sampled.drawn!;
  const drawn = Array.from({ length: count }, (_, i) => (i < 2 ? RIGHT : WRONG));
  const { values } = await sampled.score(double, [RIGHT, ...drawn], context);
  // pass@10 = 1 − C(18, 10) ÷ C(20, 10) = 1 − (10 · 9) ÷ (20 · 19).
  expect(values['pass@1']).toBeCloseTo(2 / 20, 12);
  expect(values['pass@10']).toBeCloseTo(1 - 90 / 380, 12);
});

test.each([
  [{ ...DOUBLE, entry_point: 'x); print(1' }, 'line 1: "entry_point" is not a name'],
  [{ ...DOUBLE, test: undefined }, 'line 1: it has no "test"'],
  [{ ...DOUBLE, prompt: 3 }, 'line 1: "prompt" is not text'],
])('a broken line is named: %j', (line, message) => expect(() => read(line)).toThrow(message));
