import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../base/errors';
import { parseTrainOptions, type TrainOptions } from './options';

const GOOD: TrainOptions = {
  steps: 100,
  batch: 8,
  microBatch: 4,
  length: 256,
  learningRate: 1e-3,
  warmup: 10,
  schedule: 'cosine',
  weightDecay: 0.1,
  betas: [0.9, 0.95],
  epsilon: 1e-8,
  clipNorm: 1,
  seed: 7,
  scope: 'linear',
  qat: { rule: 'optimal', group: 64, estimator: 'clipped', scale: 'statistic', stochastic: false },
  distillation: { weight: 0.5, temperature: 2 },
};
const T81 = { rule: 't81', group: 'row', estimator: 'box', scale: 'statistic', stochastic: true };

test('valid options are returned equal and frozen', () => {
  const parsed = parseTrainOptions(structuredClone(GOOD));
  expect(parsed).toEqual(GOOD);
  expect(Object.isFrozen(parsed.qat) && Object.isFrozen(parsed.betas)).toBe(true);
  const t81 = { ...GOOD, qat: { ...T81, threshold: { target: 0.44, warmup: 100 } } };
  expect(parseTrainOptions(t81).qat?.threshold?.target).toBe(0.44);
});

describe('invalid options are errors with a remedy', () => {
  const without = Object.fromEntries(Object.entries(GOOD).filter(([key]) => key !== 'learningRate'));
  test.each<[string, unknown, RegExp, RegExp]>([
    ['no object', 5, /not an object/, /by name/],
    ['a missing option', without, /learningRate is missing/, /all options/],
    ['a name too much', { ...GOOD, rate: 1 }, /no option "rate"/, /spelling/],
    ['a fraction of a step', { ...GOOD, steps: 1.5 }, /option steps is 1\.5/, /whole number from 1 to/],
    ['a number as text', { ...GOOD, steps: '5' }, /option steps is "5"/, /whole number/],
    ['NaN', { ...GOOD, learningRate: NaN }, /learningRate is NaN/, /from 0 to 10/],
    ['a β of 1', { ...GOOD, betas: [0.9, 1] }, /betas\.1 is 1/, /must be below 1/],
    [
      'an unknown rule',
      { ...GOOD, qat: { ...GOOD.qat, rule: 'best' } },
      /qat\.rule is "best"/,
      /absmean, twn/,
    ],
    ['a group no codec has', { ...GOOD, qat: { ...GOOD.qat, group: 48 } }, /qat\.group is 48/, /32, 64, 128/],
    ['a batch that is not divisible', { ...GOOD, microBatch: 3 }, /does not divide a batch of 8/, /divides/],
    ['a warm-up too long', { ...GOOD, warmup: 101 }, /longer than the 100 steps/, /shorter/],
    ['t81 without threshold', { ...GOOD, qat: T81 }, /needs a threshold/, /target: 0\.44/],
    [
      't81 with a learned scale',
      { ...GOOD, qat: { ...T81, scale: 'learned', threshold: { target: 0.44, warmup: 100 } } },
      /cannot learn one/,
      /statistic/,
    ],
    [
      'a threshold that does not reach its target',
      { ...GOOD, qat: { ...T81, threshold: { target: 0.44, warmup: 101 } } },
      /falls for 101 steps does not reach 0\.44 in 100/,
      /shorter warm-up of the threshold/,
    ],
    [
      'an unused threshold',
      { ...GOOD, qat: { ...GOOD.qat, threshold: { target: 0.5, warmup: 1 } } },
      /no threshold option/,
      /Leave/,
    ],
  ])('%s', (_name, value, message, remedy) => {
    try {
      parseTrainOptions(value);
      expect.fail('accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
      const { code, message: sentence, remedy: what } = error as LabError;
      expect(code).toBe('bad-plan');
      expect(sentence).toMatch(message);
      expect(what).toMatch(remedy);
    }
  });

  test('other values are errors, too', () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(GOOD)), (value, key) => {
        try {
          const parsed = parseTrainOptions({ ...GOOD, [key]: value });
          expect(parsed.batch % parsed.microBatch).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
    );
  });
});
