import { expect, test } from 'vitest';
import { KeyedRandom } from '../base/random';
import { imageSamples } from '../evaluate/images';
import { LabError } from '../base/errors';
import { parseRecord } from './record';
import { compareSamples, slackOf } from './verdict';
import { sampleRecord } from '../testing/sampleRecord';

/** Windows whose losses differ by `shift` nats per token on average; text difficulty is common to both. */
function windows(count: number, shift: number) {
  const random = new KeyedRandom(6);
  return Array.from({ length: count }, () => {
    const text = 100 * (3 + random.nextNormal());
    const opponent = { nll: text, baselineNll: text - 2, tokens: 100 };
    const nll = text + 100 * shift + random.nextNormal();
    return [{ nll, baselineNll: text - 2, tokens: 100 }, opponent] as const;
  });
}

function verdict(count: number, shift: number, block = 1) {
  const pairs = windows(count, shift);
  return compareSamples(
    pairs.map(([codec]) => codec),
    pairs.map(([, opponent]) => opponent),
    block,
  );
}

test('a clear difference decides on paired windows, although the windows differ far more', () => {
  expect(verdict(40, -0.02)).toMatchObject({ outcome: 'better', flags: [] });
  expect(verdict(40, 0.02)).toMatchObject({ outcome: 'worse', flags: [] });
  const { outcome, ci95, difference } = verdict(40, 0);
  expect(outcome).toBe('unsure');
  expect(ci95[0]).toBeLessThan(difference);
  expect(ci95[1]).toBeGreaterThan(difference);
});

test('under thirty clusters there is no verdict, however clear', () => {
  expect(verdict(29, -0.5)).toMatchObject({ outcome: 'unsure', flags: ['few-clusters'] });
  expect(verdict(30, -0.5)).toMatchObject({ outcome: 'better', flags: [] });
  expect(verdict(119, -0.5, 4)).toMatchObject({ outcome: 'unsure', flags: ['few-clusters'] });
  expect(verdict(120, -0.5, 4)).toMatchObject({ outcome: 'better', flags: [] });
});

test('images are paired one by one: the same accuracies can decide or not', () => {
  const images = 256;
  const base = Array.from({ length: images }, () => true);
  const codec = Array.from({ length: images }, (_, i) => i >= 20);
  const opponent = Array.from({ length: images }, (_, i) => i >= 40);
  const nested = compareSamples(imageSamples(codec, base), imageSamples(opponent, base), 1);
  expect(nested).toMatchObject({ outcome: 'better', difference: (-100 * 20) / images });
  const apart = opponent.map((_, i) => i < images - 40);
  const disjoint = compareSamples(imageSamples(codec, base), imageSamples(apart, base), 1);
  expect(disjoint.difference).toBe(nested.difference);
  expect(disjoint.ci95[1] - disjoint.ci95[0]).toBeGreaterThan(1.5 * (nested.ci95[1] - nested.ci95[0]));
  const same = compareSamples(imageSamples(codec, base), imageSamples(codec, base), 1);
  expect(same.outcome).toBe('unsure');
  expect(same.ci95[0]).toBeLessThan(0);
  expect(same.ci95[1]).toBeGreaterThan(0);
});

test('samples of different windows or tasks are refused', () => {
  const [text] = windows(2, 0);
  const images = imageSamples([true, false], [true, true]);
  expect(() => compareSamples([text[0]], [text[0], text[1]], 1)).toThrow(LabError);
  expect(() => compareSamples([text[0]], [{ ...text[1], tokens: 99 }], 1)).toThrow(LabError);
  expect(() => compareSamples([text[0]], images, 1)).toThrow(LabError);
});

test('an opponent under 97 % of the bytes is flagged', () => {
  expect(slackOf(97, 100)).toEqual({ slack: 0.97, flags: [] });
  expect(slackOf(96, 100)).toEqual({ slack: 0.96, flags: ['opponent-slack'] });
});

test('a record keeps image answers only if they fit their counts', () => {
  const [sample] = imageSamples([true, false, true, true, true], [true, true, true, true, true]);
  const samples = (change: object) => ({ ...sampleRecord(), samples: [{ ...sample, ...change }] });
  expect(parseRecord(samples({})).samples).toEqual([sample]);
  for (const change of [
    { bits: 'b' },
    { bits: 'b81' },
    { bits: 'F8' },
    { correct: 3 },
    { bits: 'b9' },
    { lost: 2 },
  ])
    expect(() => parseRecord(samples(change)), JSON.stringify(change)).toThrow(LabError);
});
