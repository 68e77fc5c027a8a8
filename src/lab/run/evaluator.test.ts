import { expect, test } from 'vitest';
import type { ImageData } from '../../data/datasets';
import { openEvaluator, type EvaluatorRequest } from './evaluator';

test('a model with another number of classes than the images is refused before anything is measured', async () => {
  const data = { id: 'cifar-10', count: 4, classes: 10 } as ImageData;
  const request = {
    lab: { openImages: async () => data },
    plan: { data: 'cifar-10', images: 4 },
    model: { shape: { task: 'image-classification', vocabulary: 1000 }, assets: new Map() },
  } as unknown as EvaluatorRequest;
  await expect(openEvaluator(request)).rejects.toMatchObject({
    code: 'bad-plan',
    message: 'The model has 1000 classes; cifar-10 has 10.',
  });
});
