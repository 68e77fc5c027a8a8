import { expect, test } from 'vitest';
import { namedPlans } from '../../../src/lab/studies/namedPlans/registry';
import { sampleRecord } from '../../../src/testing/sampleRecord';
import { namedPlanText, shapesOf } from './report';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const samples = [sampleRecord().samples[0], { nll: 338, baselineNll: 336, tokens: 127 }];

test('the document has title, note, place and date, then the table', async () => {
  const named = namedPlans.get('gptq-bnb')!;
  const plans = named.plans({ names: CLI_PLAN_NAMES, overrides: {} });
  const shapes = await shapesOf(plans);
  const text = namedPlanText(named, { records: [sampleRecord({ samples })], failures: new Map(), shapes });
  expect(
    text.startsWith(`# ${named.title}\n\n${named.note}\n\nMeasured on llvmpipe (Node 20), 2026-01-02.`),
  ).toBe(true);
  expect(text).toContain(
    '## stories260K on tinystories (32 windows of 128 tokens; scope linear, rest float16)',
  );
});

test('finds the shapes of embedded models and folders by the id in their records', async () => {
  const plans = ['stories260K', 'public/models/gpt2-tinystories'].flatMap((model) =>
    namedPlans.get('tenpak')!.plans({ names: CLI_PLAN_NAMES, overrides: { model } }),
  );
  const shapes = await shapesOf(plans);
  expect([...shapes.keys()]).toEqual(['stories260K', 'gpt2-tinystories']);
  expect(shapes.get('stories260K')?.parameters).toBe(260_032);
});
