import { describe, expect, test } from 'vitest';
import { buildPlan, EMBEDDED_NAMES } from '../../plan/build';
import { planFromOptions, planFromQuery, planToJson, planFromJson, planToQuery } from '../../plan/text';
import { parseTaskSpec, taskSpellings } from './spec';

const names = { ...EMBEDDED_NAMES, examples: (name: string) => `/folder/${name}` };
const planOf = (query: string) => planFromQuery(new URLSearchParams(query), names).plan;

test('a task is named alone or with a file, whose name may hold colons', () => {
  expect(parseTaskSpec('lambada')).toEqual({ id: 'lambada' });
  expect(parseTaskSpec('choice:C:\\arc.jsonl')).toEqual({ id: 'choice', file: 'C:\\arc.jsonl' });
  expect(taskSpellings()).toEqual(expect.arrayContaining(['lambada', 'squad:FILE', 'choice:FILE']));
  expect(taskSpellings()).not.toContain('choice');
});

test.each([
  ['gsm8k', /no task "gsm8k"/],
  ['choice', /choice has no data of its own/],
  ['squad:', /squad names no file/],
])('refuses %s', (task, message) => expect(() => parseTaskSpec(task)).toThrow(message));

describe('plans', () => {
  test('keep their tasks with the preset’s number of examples', () => {
    expect(planOf('tasks=lambada,squad')).toMatchObject({ tasks: ['lambada', 'squad'], taskExamples: 200 });
    expect(planOf('tasks=lambada&preset=quick').taskExamples).toBe(32);
    expect(planOf('tasks=lambada&task-examples=all')).not.toHaveProperty('taskExamples');
    expect(planOf('')).not.toHaveProperty('tasks');
    const [plan] = planFromOptions({ model: 'stories260K', tasks: ['choice:a.jsonl', 'lambada'] }, names);
    expect(plan.tasks).toEqual(['choice:/folder/a.jsonl', 'lambada']);
  });

  test('are written and read again', () => {
    const plan = planOf('tasks=lambada;squad&task-examples=7');
    expect(planOf(planToQuery(plan))).toEqual(plan);
    expect(planFromJson(planToJson(plan))).toEqual([plan]);
    expect(planFromJson({ tasks: ['lambada'], 'task-examples': 'all' })[0].tasks).toEqual(['lambada']);
  });

  test.each([
    ['task-examples=5', /names no tasks/],
    ['tasks=lambada,lambada', /the task "lambada" twice/],
    ['tasks=,', /empty name/],
    ['tasks=lambada&model=vit-cifar10', /does not apply to the image model/],
    ['tasks=lambada&task-examples=0', /out of range/],
  ])('refuse %s', (query, message) => expect(() => planOf(query)).toThrow(message));

  test('cannot name files where there are none', () =>
    expect(() => buildPlan({ model: 'stories260K', tasks: ['choice:x'] }, EMBEDDED_NAMES)).toThrow(
      /Files with examples cannot be read here/,
    ));
});
