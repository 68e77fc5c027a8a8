import { describe, expect, test } from 'vitest';
import { formatCodec } from '../../codecs/contract/spec';
import type { LabError } from '../../base/errors';
import { EMBEDDED_NAMES } from '../plan/build';
import { EMBEDDED_DATA, TRAINING_MODELS } from '../plan/presets';
import { buildTrainPlan, trainedCodec } from './build';
import { readTrainFields, TRAIN_KEYS, TRAIN_PARAMETERS } from './parameters';

const WORLD = {
  model: (name: string) => {
    const task = TRAINING_MODELS.get(name);
    return task ? { id: name, task } : EMBEDDED_NAMES.model(name);
  },
  data: (name: string) => ({ id: name, task: EMBEDDED_DATA.get(name) }),
};

const plan = (values: Record<string, string>, model = 'gpt2-tinystories') =>
  buildTrainPlan({ ...readTrainFields(new Map(Object.entries(values))), model }, WORLD);

const failure = (run: () => unknown): LabError => {
  try {
    run();
  } catch (error) {
    return error as LabError;
  }
  return expect.unreachable();
};

describe('a training plan', () => {
  test('a language model: rounding and control take the same steps', () => {
    const { stages, measure, data, task } = plan({ steps: '30', 'learning-rate': '3e-4' });
    expect([task, data]).toEqual(['language-model', 'tinystories-training']);
    expect(Object.keys(stages)).toEqual(['qat', 'control']);
    const { qat, ...rest } = stages.qat!;
    expect(rest).toEqual(stages.control);
    expect(rest).toMatchObject({ steps: 30, learningRate: 3e-4, length: 256, scope: 'linear' });
    expect(qat).toEqual({
      ...{ rule: 'optimal', group: 64, estimator: 'identity', scale: 'statistic', stochastic: false },
    });
    expect(measure.codecs.map(formatCodec)).toEqual(['ternary(rule=optimal,group=64)']);
    expect(measure).toMatchObject({ data: 'tinystories', verdict: false, calibration: null });
    expect(measure.protocol).toMatchObject({ kind: 'windows', context: 256, windows: 64 });
  });

  test('an image model learns from the float model as well', () => {
    const { stages, augment, measure } = plan({ batch: '48' }, 'vit-cifar10');
    expect(stages.qat!.distillation).toEqual({ weight: 0.9, temperature: 1 });
    // The largest divisor of 48 up to the usual 32.
    expect(stages.qat!.microBatch).toBe(24);
    expect(augment).toBe(false);
    expect(measure.images).toBe(1000);
    expect(plan({ distil: '0' }, 'vit-cifar10').stages.qat!.distillation).toBeUndefined();
  });

  test('the tiny classifier begins with drawn weights and codes its one matrix', () => {
    const { stages, measure } = plan({}, 'tiny-classifier');
    expect(Object.keys(stages)).toEqual(['fresh', 'qat', 'control']);
    expect(stages.fresh!.qat).toBeUndefined();
    expect([stages.qat!.scope, measure.scope, measure.images]).toEqual(['all', 'all', 10_000]);
  });

  test('t81’s rule has its threshold, its estimator, and its own rounding without training', () => {
    const { stages, measure } = plan({ rule: 't81', 'threshold-warmup': '7' });
    expect(stages.qat!.qat).toMatchObject({ estimator: 'box', threshold: { target: 0.44, warmup: 7 } });
    expect(measure.codecs.map(formatCodec)).toEqual(['t81(threshold=0.44)']);
    const warmup = (steps: string) => plan({ rule: 't81', steps }).stages.qat!.qat!.threshold!.warmup;
    expect(['1', '20', '199', '1000'].map(warmup)).toEqual([0, 10, 99, 100]);
    // What came out is scaled: the codec for it stores any scale.
    expect(formatCodec(trainedCodec(stages.qat!.qat!))).toBe('ternary(rule=optimal,group=64)');
  });

  test('a new classifier is trained first, without a teacher, on the data whose classes it gets', () => {
    const { head, stages, measure, data } = plan({ head: 'cifar-10' }, 'vit-cifar10');
    expect([head, data, measure.data]).toEqual(['cifar-10', 'cifar-10-training', 'cifar-10']);
    expect(Object.keys(stages)).toEqual(['head', 'qat', 'control']);
    expect(stages.head).toEqual({ ...stages.control, distillation: undefined });
    const clothes = plan({ head: 'fashion-mnist', qat: 'none', control: 'off' }, 'tiny-classifier');
    expect([clothes.data, clothes.measure.data]).toEqual(['fashion-mnist-training', 'fashion-mnist']);
    // The linear model is trained from drawn weights unless its head, which is all of it, is.
    expect(Object.keys(clothes.stages)).toEqual(['head']);
    expect(plan({ head: 'none' }, 'vit-cifar10')).toEqual(plan({}, 'vit-cifar10'));
  });

  test('training in float32 alone', () => {
    const { stages, measure } = plan({ qat: 'none' });
    expect(Object.keys(stages)).toEqual(['control']);
    expect(measure.codecs).toEqual([]);
  });

  test.each<[Record<string, string>, RegExp, string?]>([
    [{ steps: '0' }, /out of range/],
    [{ steps: '1e9' }, /whole number/],
    [{ 'learning-rate': 'NaN' }, /learning-rate cannot be "NaN"/],
    [{ 'learning-rate': '11' }, /cannot be "11"/],
    [{ group: '48' }, /group cannot be "48"/],
    [{ rule: 'sign' }, /rule cannot be "sign"/],
    [{ threshold: '0.5' }, /rule optimal has no threshold/],
    [{ qat: 'none', rule: 'twn' }, /rule belongs to rounding/],
    [{ qat: 'none', control: 'off' }, /nothing is trained/],
    [{ batch: '8', 'micro-batch': '3' }, /does not divide a batch of 8/],
    [{ warmup: '300', steps: '200' }, /longer than the 200 steps/],
    [{ data: 'cifar-10-training' }, /is not for the task of/],
    [{ augment: 'on' }, /augment does not apply/],
    [{ head: 'cifar-10' }, /head does not apply/],
    [{ head: 'imagenet' }, /head cannot be "imagenet"/, 'vit-cifar10'],
    [{ head: 'cifar-10', fresh: 'on' }, /fresh draws all weights/, 'vit-cifar10'],
    [{ length: '64' }, /length does not apply/, 'vit-cifar10'],
    [{ rule: 't81', scale: 'learned' }, /cannot learn one/],
    [{ rule: 't81', steps: '20', 'threshold-warmup': '21' }, /does not reach 0\.44 in 20 steps/],
    [{ rule: 't81', threshold: '0.04' }, /threshold cannot be "0\.04"/],
    [{ temperature: '5' }, /temperature belongs to distillation/],
    [{ temperature: '5', distil: '0' }, /temperature belongs to distillation/, 'vit-cifar10'],
  ])('refuses %o', (values, why, model) => {
    const error = failure(() => plan(values, model));
    expect(error.message).toMatch(why);
    expect(error).toMatchObject({ code: 'bad-plan' });
    expect(error.remedy.length).toBeGreaterThan(0);
  });

  test('refuses unknown names with the known ones', () => {
    const error = failure(() => readTrainFields(new Map([['epochs', '3']]), (key) => `--${key}`));
    expect(error.message).toContain('--epochs');
    expect(error.remedy).toContain('--steps');
  });

  test('every parameter has a help text and reads what it writes', () => {
    for (const key of TRAIN_KEYS) {
      const { help, fallback, value } = TRAIN_PARAMETERS[key];
      expect([help, fallback, value].every((text) => text.length > 0)).toBe(true);
    }
    const read = (key: keyof typeof TRAIN_PARAMETERS, text: string) => {
      const { parse, format } = TRAIN_PARAMETERS[key];
      return (format as (value: unknown) => string)(parse(text, key));
    };
    for (const [key, text] of [
      ...[['group', 'row'] as const, ['group', '128'] as const, ['stochastic', 'on'] as const],
      ...[['learning-rate', '0.0003'] as const, ['distil', '0.5'] as const],
    ])
      expect(read(key, text)).toBe(text);
  });
});
