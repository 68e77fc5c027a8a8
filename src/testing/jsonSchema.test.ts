import Ajv from 'ajv';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import { PLAN_KEYS } from '../lab/plan/parameters';
import { planFromJson } from '../lab/plan/text';
import { parseRecord, type LabRecord } from '../lab/results/record';
import { planJsonSchema, recordJsonSchema } from './jsonSchema';
import { sampleRecord } from './sampleRecord';

const EXAMPLES = ['records', 'skills'].flatMap(
  (name) => JSON.parse(readFileSync(`public/examples/${name}.json`, 'utf8')) as LabRecord[],
);

/** What ajv, which knows nothing of the lab, says about a value. */
const judge = (schema: object) => new Ajv({ allErrors: false }).compile(schema);

/** Whether the lab's own validation accepts a value. */
function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

test.each([
  ['record', recordJsonSchema()],
  ['plan', planJsonSchema()],
])('public/schema/%s.json is the schema of the code (npx vitest run -u renews it)', async (name, schema) => {
  const options = await resolveConfig('package.json');
  const text = await format(JSON.stringify(schema), { ...options, parser: 'json' });
  await expect(text).toMatchFileSnapshot(`../../public/schema/${name}.json`);
});

describe('the schema of a record', () => {
  const isRecord = judge(recordJsonSchema());

  test('accepts every recorded example', () => {
    for (const record of EXAMPLES) expect(isRecord(record), JSON.stringify(isRecord.errors)).toBe(true);
  });

  test('accepts and refuses what the lab does, whatever value is changed', () => {
    const records = [
      sampleRecord(),
      EXAMPLES.find(({ verdict }) => verdict)!,
      EXAMPLES.find(({ tasks }) => tasks)!,
    ];
    const places = records.flatMap((record) => leaves(record).map((path) => ({ record, path })));
    const change = fc.constantFrom<unknown>(
      undefined,
      null,
      -1,
      0.5,
      7,
      'other',
      '',
      true,
      [],
      {},
      [1, 2],
      [1],
    );
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...places), change, ({ record, path }, value) => {
        // Valibot takes a list for an object of any keys; the schema does not.
        fc.pre(!(Array.isArray(value) && path.at(-1) === 'options'));
        const changed = withValue(record, path, value);
        const expected = accepts(() => parseRecord(changed));
        refused += expected ? 0 : 1;
        expect(Boolean(isRecord(changed)), `${path.join('.')} = ${JSON.stringify(value)}`).toBe(expected);
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });
});

describe('the schema of a plan', () => {
  const isPlan = judge(planJsonSchema());

  test.each<[string, unknown]>([
    [
      'the plan of the documents',
      { model: 'stories260K', codec: ['nf4', 'rtn(bits=4)'], context: 128, verdict: true },
    ],
    ['text for a number', { windows: '32', verdict: 'off' }],
    ['a word beside a number', { windows: 'all', latency: 'off' }],
    ['several plans', [{ model: 'stories260K' }, { model: 'vit-cifar10', images: 64 }]],
    ['an empty plan, which is the default', {}],
  ])('accepts %s', (_, plan) => {
    expect(accepts(() => planFromJson(plan))).toBe(true);
    expect(isPlan(plan), JSON.stringify(isPlan.errors)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['an unknown key', { modle: 'stories260K' }],
    ['a number out of range', { context: 1 }],
    ['a fraction', { windows: 1.5 }],
    ['an unknown word', { scope: 'most' }],
    ['a value of the wrong kind', { codec: [4] }],
    ['true for a key that is no switch', { scope: true }],
    ['no plan', []],
    ['something else', 'stories260K'],
  ])('refuses %s', (_, plan) => {
    expect(accepts(() => planFromJson(plan))).toBe(false);
    expect(isPlan(plan)).toBe(false);
  });
});

test('docs/automation.md names every parameter of a plan', () => {
  const text = readFileSync('docs/automation.md', 'utf8');
  expect(PLAN_KEYS.filter((key) => !text.includes(`\`${key}\``))).toEqual([]);
});

/** Returns the paths of all values inside a JSON value; of long lists only the first entry. */
function leaves(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value).slice(0, Array.isArray(value) ? 1 : undefined);
  return entries.flatMap(([key, inner]) => [[...path, key], ...leaves(inner, [...path, key])]);
}

/** Returns a copy with another value at a path; undefined removes it. */
function withValue(whole: unknown, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(whole);
  const holder = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (inner, key) => inner[key] as Record<string, unknown>,
      copy as Record<string, unknown>,
    );
  const last = path.at(-1)!;
  if (value === undefined && !Array.isArray(holder)) delete holder[last];
  else holder[last] = value ?? null;
  return copy;
}
