import { expect, test } from 'vitest';
import { routerOptions } from './catalogue';
import { classifyPrompt, countWords } from './classes';
import { batchRequests, DEFAULT_LIMITS, recommend } from './recommend';
import { assumedSavings } from './savings';

// Expected values are the thresholds and figures that Sparse published (revision d86b27b) or follow from its formulas by hand.

test.each([
  { prompt: 10, maxTokens: 20, context: 5000, later: 'simple', earlier: 'extreme' },
  { prompt: 11, maxTokens: 20, context: 0, later: 'simple', earlier: 'simple' },
  { prompt: 20, maxTokens: 29, context: 0, later: 'simple', earlier: 'simple' },
  { prompt: 20, maxTokens: 30, context: 0, later: 'moderate', earlier: 'simple' },
  { prompt: 21, maxTokens: 29, context: 0, later: 'moderate', earlier: 'simple' },
  { prompt: 49, maxTokens: 100, context: 0, later: 'moderate', earlier: 'moderate' },
  { prompt: 50, maxTokens: 100, context: 0, later: 'complex', earlier: 'moderate' },
  { prompt: 60, maxTokens: 49, context: 0, later: 'moderate', earlier: 'moderate' },
  { prompt: 100, maxTokens: 199, context: 200, later: 'complex', earlier: 'moderate' },
  { prompt: 100, maxTokens: 200, context: 100, later: 'complex', earlier: 'complex' },
  { prompt: 300, maxTokens: 500, context: 199, later: 'complex', earlier: 'complex' },
  { prompt: 300, maxTokens: 500, context: 200, later: 'extreme', earlier: 'complex' },
  { prompt: 1000, maxTokens: 999, context: 0, later: 'extreme', earlier: 'complex' },
  { prompt: 1000, maxTokens: 1000, context: 0, later: 'extreme', earlier: 'extreme' },
])('classifies $prompt + $maxTokens + $context tokens', ({ later, earlier, ...lengths }) => {
  expect([classifyPrompt(lengths), classifyPrompt(lengths, 'earlier')]).toEqual([later, earlier]);
});

test('counts words by white space', () => {
  expect(countWords('  What is\nthe\tcapital of France? ')).toBe(6);
  expect(countWords(' ')).toBe(0);
});

test('prices each model on its hardware', () => {
  const dollars = Object.fromEntries(
    routerOptions().map((o) => [`${o.model} ${o.hardware}`, o.dollarsPerMillionTokens.toFixed(2)]),
  );
  expect(dollars).toEqual({
    'llama-2-70b A100-40': '48.61',
    'llama-2-70b A100-80': '46.30',
    'llama-2-70b H100': '44.44',
    'llama-2-13b A10G': '5.56',
    'llama-2-13b A100-40': '19.44',
    'llama-2-7b T4': '2.78',
    'llama-2-7b A10G': '2.78',
  });
});

test('recommends the smallest model for a simple prompt, with the published $2.78', () => {
  const { chosen, model, alternatives } = recommend('What is 2 + 2?');
  expect(model).toBe('llama-2-7b');
  expect(chosen).toMatchObject({ hardware: 'T4', tokensPerSecond: 50, latencyMs: 100, p99LatencyMs: 150 });
  expect(chosen!.dollarsPerMillionTokens).toBeCloseTo(2.7778, 4);
  expect(alternatives).toHaveLength(5);
  expect(alternatives[0]).toMatchObject({ model: 'llama-2-7b', hardware: 'A10G' });
});

test('recommends the same for every prompt: the class is computed and not used', () => {
  const long = 'word '.repeat(2000);
  expect(recommend(long).unusedClass).toBe('extreme');
  expect(recommend('Hello').unusedClass).toBe('moderate');
  expect(recommend(long).chosen).toEqual(recommend('Hello').chosen);
});

test('respects the limits on quality and latency', () => {
  const quality = recommend('', { ...DEFAULT_LIMITS, minQuality: 0.95 });
  expect(quality.chosen).toMatchObject({ model: 'llama-2-70b', hardware: 'H100', quality: 1 });
  expect(quality.alternatives.map(({ hardware }) => hardware)).toEqual(['A100-80', 'A100-40']);
  const latency = recommend('', { ...DEFAULT_LIMITS, maxLatencyMs: 45 });
  expect(latency.chosen).toMatchObject({ model: 'llama-2-7b', hardware: 'A10G' });
});

test('prefers the lowest latency where asked', () => {
  const { chosen } = recommend('', { ...DEFAULT_LIMITS, prefer: 'latency' });
  expect(chosen).toMatchObject({ model: 'llama-2-13b', hardware: 'A100-40', latencyMs: 40 });
});

test('falls back to the requested model where nothing holds the limits', () => {
  const found = recommend('', { ...DEFAULT_LIMITS, maxLatencyMs: 10, requested: 'llama-2-13b' });
  expect(found).toMatchObject({ model: 'llama-2-13b', alternatives: [] });
  expect(found.chosen).toBeUndefined();
});

test.each([
  { models: [['a', 3]], sizes: ['a 3'] },
  {
    models: [
      ['a', 2],
      ['b', 1],
      ['a', 1],
    ],
    sizes: ['a 3', 'b 1'],
  },
  { models: [['a', 70]], sizes: ['a 32', 'a 32', 'a 6'] },
  { models: [], sizes: [] },
] as { models: [string, number][]; sizes: string[] }[])('batches $models', ({ models, sizes }) => {
  const requests = models.flatMap(([model, count]) => Array.from({ length: count }, () => ({ model })));
  expect(batchRequests(requests).map(({ model, requests }) => `${model} ${requests.length}`)).toEqual(sizes);
});

test('multiplies assumptions into the published savings', () => {
  const example = { requestsPerDay: 1e6, dollarsPerRequest: 0.002, optimisationRate: 0.3 };
  const savings = assumedSavings(example);
  expect(savings.annualDollars).toBeCloseTo(730_000, 6);
  expect(savings.savedAnnually).toBeCloseTo(65_700, 6);
  expect(savings.savedMonthly).toBeCloseTo(5475, 6);
  expect(100 * savings.savedShare).toBeCloseTo(9, 10);
  expect(assumedSavings({ ...example, optimisationRate: 0 }).savedAnnually).toBe(0);
  expect(assumedSavings({ ...example, optimisationRate: 0.9 }).savedAnnually).toBeCloseTo(197_100, 6);
});
