import { expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { cohortOf } from './cohort';
import type { LabRecord } from './record';

type Training = NonNullable<LabRecord['training']>;

/** Returns the cohort of a model whose weights were trained from others. */
function trained(kind: Training['kind'], sha256: string, from: string): string {
  const { model } = sampleRecord();
  const settings = {
    steps: 1,
    batch: 1,
    optimiser: '',
    learningRate: 1,
    seed: 1,
    dataset: '',
    datasetSha256: '',
  };
  return cohortOf(sampleRecord({ model: { ...model, sha256 }, training: { kind, ...settings, from } }));
}

test('a model is compared with the one it was fine-tuned from, but not with other classes or drawn weights', () => {
  const own = cohortOf(sampleRecord({ model: { ...sampleRecord().model, sha256: 'float' } }));
  for (const kind of ['qat', 'fine-tune'] as const) expect(trained(kind, 'tuned', 'float')).toBe(own);
  for (const kind of ['head', 'fresh'] as const) {
    expect(trained(kind, 'float', 'drawn')).toBe(own);
    expect(trained(kind, 'another', 'float')).not.toBe(own);
  }
});
