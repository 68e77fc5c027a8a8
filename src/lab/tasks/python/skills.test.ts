import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { nodePython } from '../../../platform/node/python';
import { loadTask } from '../contract/registry';
import type { GenerationTask, TaskExample } from '../contract/task';
import { testProgram, type FunctionExample } from './programs';

const FOLDER = 'public/data/skills';
const file = (name: string) => ({ name, text: readFileSync(`${FOLDER}/${name}`, 'utf8') });
const task = async <Example extends TaskExample>(id: string) =>
  (await loadTask(id)) as unknown as GenerationTask<Example>;
const strings = await task<FunctionExample>('skills-strings');
const functions = strings.read(file('strings.jsonl'));
const arithmetic = await task<TaskExample>('skills-arithmetic');
const sums = arithmetic.read(file('arithmetic.jsonl'));

const SUM = /What is ([a-z-]+) (plus|minus) ([a-z-]+)\?/;
const [ONES, TENS] = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  'zero ten twenty thirty forty fifty sixty seventy eighty ninety',
].map((words) => words.split(' '));

/** The value of "one hundred and forty-two". */
function valueOf(words: string): number {
  const [hundreds, rest = '0'] = words.includes(' hundred') ? words.split(/ hundred(?: and )?/) : ['', words];
  const parts = rest.split('-').map((word) => Math.max(ONES.indexOf(word), 10 * TENS.indexOf(word)));
  return (
    (hundreds ? 100 * valueOf(hundreds) : 0) +
    (rest === '' || rest === '0' ? 0 : parts.reduce((a, b) => a + b))
  );
}

/** The key of a problem: the body of its function, or its sum with the operands of "plus" in order (scripts/skills/problems.py). */
function keyOf(text: string): string {
  const sum = SUM.exec(text);
  if (!sum) return /^ {4}return (.*)$/m.exec(text)![1];
  const [, a, sign, b] = sum;
  return (sign === 'plus' ? [a, b].sort() : [a, b]).join(` ${sign} `);
}
const isHeldOut = (text: string) => createHash('sha256').update(keyOf(text)).digest()[0] < 26;
const texts = [
  ...functions.map(({ prompt, solution }) => prompt + solution),
  ...sums.map((example) => arithmetic.prompt(example)),
];

const python = nodePython({ timeMs: 60_000 });
afterAll(() => python.dispose());

describe('the generated skills', () => {
  test('are measured on problems that are held out', () => {
    expect([functions.length, sums.length]).toEqual([200, 300]);
    expect(texts.filter((text) => !isHeldOut(text))).toEqual([]);
  });

  test('training draws none of them, and draws others', async () => {
    const program = [
      readFileSync('scripts/skills/problems.py', 'utf8'),
      `measured = set(${JSON.stringify(texts.map(keyOf))})`,
      'for kind in PROBLEMS:',
      '    stream = draws(kind, random.Random(1), False)',
      '    drawn = {next(stream)["key"] for _ in range(400)}',
      '    assert len(drawn) > 300 and not drawn & measured',
      'made = distinct("arithmetic", 20261201, True, 300)',
      'assert {problem["key"] for problem in made} <= measured',
    ].join('\n');
    expect(await python.run(program)).toEqual({});
  });

  test('no problem is asked twice', () => {
    const keys = texts.map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('every sum has its value as the answer', () => {
    for (const example of sums) {
      const [, a, sign, b] = SUM.exec(arithmetic.prompt(example))!;
      const value = sign === 'plus' ? valueOf(a) + valueOf(b) : valueOf(a) - valueOf(b);
      expect([example.place, valueOf(arithmetic.expected(example))]).toEqual([example.place, value]);
    }
  });

  test('an answer to a sum counts if its line is equal', async () => {
    const score = (answer: string) => arithmetic.score(sums[0], [answer], {} as never);
    const right = arithmetic.expected(sums[0]);
    expect(await score(` ${right}`)).toEqual({ values: { 'exact-match': 1 }, answer: right });
    expect(await score(` ${right} and one`)).toMatchObject({ values: { 'exact-match': 0 } });
  });

  test('a solution passes its tests, and neither the argument nor a constant does', async () => {
    const passed = { solution: 0, argument: 0, constant: 0 };
    for (const example of functions.slice(0, 60)) {
      const [constant] = /== (.*)$/m.exec(example.test)!.slice(1);
      const bodies = {
        solution: example.solution,
        argument: '    return s\n',
        constant: `    return ${constant}\n`,
      };
      for (const [kind, body] of Object.entries(bodies) as [keyof typeof passed, string][])
        if (!(await python.run(testProgram(example, body))).failure) passed[kind]++;
    }
    expect(passed).toEqual({ solution: 60, argument: 0, constant: 0 });
  });
});
