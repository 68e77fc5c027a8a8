import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { imageSamples } from '../../evaluate/imageSamples';
import { LabError } from '../../base/errors';
import { parseRecord } from './record';
import { compareSamples, slackOf, withDraws } from './comparison';
import { sampleRecord } from '../../testing/sampleRecord';

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

test('a small difference is decided on paired windows, although the windows differ far more', () => {
  expect(verdict(40, -0.02)).toMatchObject({ outcome: 'better', flags: [] });
  expect(verdict(40, 0.02)).toMatchObject({ outcome: 'worse', flags: [] });
  const { outcome, ci95, difference } = verdict(40, 0);
  expect(outcome).toBe('unsure');
  expect(ci95[0]).toBeLessThan(difference);
  expect(ci95[1]).toBeGreaterThan(difference);
});

test('with fewer than thirty clusters there is no verdict', () => {
  expect(verdict(29, -0.5)).toMatchObject({ outcome: 'unsure', flags: ['few-clusters'] });
  expect(verdict(30, -0.5)).toMatchObject({ outcome: 'better', flags: [] });
  expect(verdict(119, -0.5, 4)).toMatchObject({ outcome: 'unsure', flags: ['few-clusters'] });
  expect(verdict(120, -0.5, 4)).toMatchObject({ outcome: 'better', flags: [] });
});

test('images are paired one by one, so that equal accuracies may or may not be decided', () => {
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

describe('calibration draws', () => {
  const compared = {
    outcome: 'better' as const,
    difference: -0.03,
    ci95: [-0.04, -0.02] as [number, number],
    flags: [],
  };

  test('with fewer than three draws the comparison stays as it is', () => {
    expect(withDraws(compared, [1.5])).toBe(compared);
    expect(withDraws(compared, [1.5, 1.6])).toBe(compared);
  });

  test('equal draws add nothing', () => {
    const { difference, ci95 } = withDraws(compared, [1.5, 1.5, 1.5]);
    expect(difference).toBeCloseTo(-0.03, 12);
    expect(ci95[0]).toBeCloseTo(-0.04, 12);
    expect(ci95[1]).toBeCloseTo(-0.02, 12);
  });

  test('the centre moves to the mean of the draws and their variance joins in quadrature', () => {
    // Losses 1, 1.01, 1.02: mean 0.01 above the first, standard deviation 0.01, standard error 0.01 ÷ √3 = 0.0057735;
    // t(0.975, 2) = 4.302653, so the reach is 0.0248413 and √(0.01² + 0.0248413²) = 0.0267785.
    const { difference, ci95, outcome } = withDraws(compared, [1, 1.01, 1.02]);
    expect(difference).toBeCloseTo(-0.02, 10);
    expect(ci95[0]).toBeCloseTo(-0.02 - 0.0267785, 6);
    expect(ci95[1]).toBeCloseTo(-0.02 + 0.0267785, 6);
    expect(outcome).toBe('unsure');
  });
});
