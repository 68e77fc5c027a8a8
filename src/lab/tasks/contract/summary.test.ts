import { expect, test } from 'vitest';
import type { ExampleScore, TaskExample } from './task';
import { perplexityWithinMargin, summariseScores } from './summary';

const accuracy = { id: 'accuracy', label: 'Accuracy', kind: 'proportion' } as const;
const f1 = { id: 'f1', label: 'F1', kind: 'mean' } as const;
const perplexity = { id: 'perplexity', label: 'Perplexity', kind: 'perplexity' } as const;

const examples = (count: number, cluster?: (i: number) => string): TaskExample[] =>
  Array.from({ length: count }, (_, i) => ({
    place: `line ${i + 1}`,
    ...(cluster && { cluster: cluster(i) }),
  }));
const scores = (id: string, values: readonly ExampleScore['values'][string][]): ExampleScore[] =>
  values.map((value) => ({ values: { [id]: value }, answer: '' }));
/** `right` ones of `count`, the first of them. */
const marks = (right: number, count: number) => Array.from({ length: count }, (_, i) => Number(i < right));

const compare = (metric: Parameters<typeof summariseScores>[0][number], own: number[], base: number[]) =>
  summariseScores([metric], examples(own.length), scores(metric.id, own), scores(metric.id, base))[0];

test('the baseline has values and binomial errors, and is not compared', () => {
  const [found] = summariseScores([accuracy], examples(4), scores('accuracy', [1, 0, 1, 1]));
  // √(n ÷ (n − 1) · Σ(x − ¾)²) ÷ n = √(4/3 · ¾) ÷ 4 = ¼.
  expect(found).toEqual({ ...accuracy, value: 0.75, standardError: 0.25 });
});

test('without a discordant pair a difference of proportions is zero with an interval of its own', () => {
  const { comparison } = compare(accuracy, marks(500, 1000), marks(500, 1000));
  expect(comparison).toMatchObject({ delta: 0, changePercent: 0, withinTenPercent: 'holds' });
  expect(comparison!.deltaCi95[0]).toBeLessThan(0);
  expect(comparison!.deltaCi95[1]).toBeGreaterThan(0);
});

test('the verdict takes the margin from the baseline and follows the interval', () => {
  // A loss of 100 of 500 right answers is 20 %, and its interval, about ±2.5 points, excludes the margin of 5 points.
  expect(compare(accuracy, marks(400, 1000), marks(500, 1000)).comparison).toMatchObject({
    delta: expect.closeTo(-0.1) as number,
    changePercent: expect.closeTo(-20) as number,
    withinTenPercent: 'fails',
  });
  // 3 of 20 lost is 15 %, but 20 examples do not decide.
  expect(compare(accuracy, marks(17, 20), marks(20, 20)).comparison!.withinTenPercent).toBe('unsure');
  // A baseline without a right answer has nothing to lose.
  const floor = compare(accuracy, marks(0, 1000), marks(0, 1000)).comparison!;
  expect([floor.changePercent, floor.withinTenPercent]).toEqual([null, 'unsure']);
});

test('a mean has a bootstrap interval near that of the normal distribution', () => {
  const base = Array.from({ length: 400 }, () => 0.6);
  // Differences alternate between −0.2 and 0: mean −0.1, standard error 0.1 ÷ √400 = 0.005, and a little more for the two added ones.
  const own = base.map((value, i) => (i % 2 === 0 ? value - 0.2 : value));
  const { comparison } = compare(f1, own, base);
  const [low, high] = comparison!.deltaCi95;
  expect(low).toBeGreaterThan(-0.1 - 2.6 * 0.005);
  expect(low).toBeLessThan(-0.1 - 1.6 * 0.005);
  expect(high).toBeLessThan(-0.1 + 2.6 * 0.005);
  expect(comparison!.withinTenPercent).toBe('fails');
  const equal = compare(f1, base.slice(0, 5), base.slice(0, 5)).comparison!;
  expect(equal.deltaCi95[0]).toBeLessThan(-0.05);
  expect(equal.withinTenPercent).toBe('unsure');
});

test('dependent examples are resampled by cluster, so that copies add no certainty', () => {
  const own = Array.from({ length: 200 }, (_, i) => Number(Math.floor(i / 10) % 2 === 0));
  const base = own.map((value, i) => (i < 40 ? 1 - value : value));
  const [clustered] = summariseScores(
    [accuracy],
    examples(200, (i) => String(Math.floor(i / 10))),
    scores('accuracy', own),
    scores('accuracy', base),
  );
  const width = ([low, high]: readonly [number, number]) => high - low;
  const alone = compare(accuracy, own, base);
  expect(width(clustered.comparison!.deltaCi95)).toBeGreaterThan(1.5 * width(alone.comparison!.deltaCi95));
  expect(clustered.standardError).toBeGreaterThan(2 * alone.standardError);
});

test('a perplexity is that of all tokens, compared by the mean difference of losses', () => {
  const losses = (shift: number) => [
    { nll: 1 + shift, tokens: 1 },
    { nll: 4 + 2 * shift, tokens: 2 },
    { nll: 4 + 3 * shift, tokens: 3 },
  ];
  const [found] = summariseScores(
    [perplexity],
    examples(3),
    scores('perplexity', losses(0.01)),
    scores('perplexity', losses(0)),
  );
  expect(found.value).toBeCloseTo(Math.exp(1.5 + 0.01), 10);
  expect(found.comparison!.baseline.value).toBeCloseTo(Math.exp(1.5), 10);
  expect(found.comparison!.changePercent).toBeCloseTo(100 * Math.expm1(0.01), 10);
  expect(found.comparison!.withinTenPercent).toBe('holds');
});

test.each([
  [[1, 10], 'holds'],
  [[9, 11], 'unsure'],
  [[10.1, 12], 'fails'],
] as const)('a perplexity that rose by %j % within 10 %: %s', (interval, verdict) =>
  expect(perplexityWithinMargin([...interval])).toBe(verdict),
);
