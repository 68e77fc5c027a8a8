import { describe, expect, it } from 'vitest';
import { GLOSSARY } from '../glossary/glossary';
import {
  trainFieldProblem,
  keysFor,
  planOfTexts,
  TRAINABLE,
  defaultTexts,
  TRAIN_LABELS,
  trainChoices,
} from './draft';
import type { FormKey } from './draft';

const planOf = (model: string, texts: Record<string, string>) => {
  const found = planOfTexts(model, texts);
  if ('problem' in found) throw new Error(found.problem.message);
  return found.plan;
};

describe('settings of a training run', () => {
  it.each(TRAINABLE)('%s can be trained with the defaults that the form shows', (model) => {
    const plan = planOf(model, {});
    const defaults = defaultTexts(model, {});
    for (const key of keysFor(model, {})) expect(defaults[key], key).toMatch(/\S/);
    // Typing what the form shows changes nothing.
    const shown = Object.fromEntries(keysFor(model, {}).map((key) => [key, defaults[key]!]));
    expect(planOf(model, shown)).toEqual(plan);
  });

  it('shows only the parameters that apply', () => {
    const keys = (texts: Record<string, string>, model = 'stories260K'): ReadonlySet<FormKey> =>
      new Set(keysFor(model, texts));
    expect(keys({}).has('images')).toBe(false);
    expect(keys({}, 'vit-cifar10').has('images')).toBe(true);
    expect(keys({}, 'vit-cifar10').has('length')).toBe(false);
    expect(keys({}).has('threshold')).toBe(false);
    expect(keys({ rule: 't81' }).has('threshold')).toBe(true);
    expect(keys({ qat: 'none', rule: 't81' }).has('threshold')).toBe(false);
    expect(keys({ qat: 'none' }).has('group')).toBe(false);
    expect(keys({}).has('temperature')).toBe(false);
    expect(keys({ distil: '0.5' }).has('temperature')).toBe(true);
  });

  it('ignores the values of hidden fields', () =>
    expect(planOf('stories260K', { qat: 'none', rule: 'twn', images: '7' }).stages).toEqual({
      control: planOf('stories260K', {}).stages.control,
    }));

  it('adapts defaults to the other settings', () => {
    expect(defaultTexts('stories260K', { rule: 't81' }).estimator).toBe('box');
    expect(defaultTexts('stories260K', { steps: '8' }).warmup).toBe('4');
    // While the settings are invalid, the defaults are those of an empty form.
    expect(defaultTexts('stories260K', { steps: 'many' }).steps).toBe('60');
  });

  it.each([
    ['steps', '0', 'Steps'],
    ['learning-rate', 'fast', 'Learning rate'],
    ['distil', '2', 'Distillation'],
  ] as const)('says what is wrong with %s = %s, and makes no plan', (key, text, label) => {
    expect(trainFieldProblem(key, text)?.message).toContain(label);
    expect(planOfTexts('stories260K', { [key]: text })).toHaveProperty('problem.remedy');
  });

  it('checks settings against each other', () =>
    expect(planOfTexts('stories260K', { qat: 'none', control: 'off' })).toHaveProperty(
      'problem.message',
      'With qat=none and control=off nothing is trained.',
    ));

  it('offers training data for training and evaluation data for measuring', () => {
    expect(trainChoices('vit-cifar10', 'data')).toEqual(['cifar-10-training']);
    expect(trainChoices('vit-cifar10', 'evaluation')).toEqual(['cifar-10']);
    expect(trainChoices('tiny-classifier', 'data')).toEqual(['fashion-mnist-training']);
    expect(trainChoices('stories260K', 'evaluation')).toContain('tinystories');
    expect(trainChoices('stories260K', 'evaluation')).not.toContain('tinystories-training');
  });

  it('names terms that are in the glossary', () => {
    const terms = Object.values(TRAIN_LABELS).flatMap(({ term }) => (term ? [term] : []));
    expect(terms.length).toBeGreaterThan(5);
    for (const term of terms) expect(GLOSSARY[term], term).toBeDefined();
  });
});
