import { readFileSync } from 'node:fs';
import { isValidElement, type ReactNode } from 'react';
import { describe, expect, test } from 'vitest';
import { planFromQuery } from '../../lab/plan/text';
import { parseRecord } from '../../lab/results/record';
import { GLOSSARY } from '../glossary/glossary';
import { choiceWithin } from './lesson';
import { LESSON_IDS } from './lessonIds';
import { LESSONS } from './lessons';
import { RecordedRun, type RunName } from './recordedRun';

const FILES: Readonly<Record<RunName, string>> = {
  lessons: 'public/examples/lessons.json',
  examples: 'public/examples/records.json',
  training: 'docs/measurements/train-gpt2-tinystories/records.json',
};
const read = (name: RunName) =>
  new RecordedRun((JSON.parse(readFileSync(FILES[name], 'utf8')) as unknown[]).map(parseRecord));

/** Returns the ids of all terms in a text. */
function terms(node: ReactNode): string[] {
  if (Array.isArray(node)) return node.flatMap(terms);
  if (!isValidElement<{ id?: string; linked?: boolean; children?: ReactNode }>(node)) return [];
  const { id, linked, children } = node.props;
  return [...(linked && id !== undefined ? [id] : []), ...terms(children)];
}

describe.each(LESSON_IDS)('the lesson %s', (id) => {
  const lesson = LESSONS[id];
  const run = read(lesson.run);

  test('has figures of the recorded run and an answer among its choices', () => {
    expect(lesson.rows.map((row) => run.record(row).quality.windows)).not.toContain(undefined);
    expect(lesson.choices[lesson.answer(run)]).toEqual(expect.any(String));
    for (const text of [lesson.question(run), lesson.finding(run)])
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('has plans that the page reads, and terms that the glossary defines', () => {
    for (const { plan } of lesson.steps)
      if (plan !== undefined)
        expect(planFromQuery(new URLSearchParams(plan)).plan.model).toBe('gpt2-tinystories');
    expect(terms(lesson.why).length).toBeGreaterThan(0);
    for (const term of terms(lesson.why)) expect(GLOSSARY, term).toHaveProperty(term);
  });
});

test('a choice is the first whose bound is not exceeded', () => {
  expect([0.5, 1, 1.1, 100].map((value) => choiceWithin([1, 10], value))).toEqual([0, 0, 1, 2]);
});

test('the recorded run of the lessons is that of their plan', () => {
  const plan = JSON.parse(readFileSync('docs/tables/lessons.json', 'utf8')) as { codec: string[] };
  const run = read('lessons');
  for (const spec of plan.codec) expect(run.record({ spec }).quality.windows).toBe(32);
});
