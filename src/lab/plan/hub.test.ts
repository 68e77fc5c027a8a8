import { expect, test } from 'vitest';
import { hubPlanModel } from './hub';

test('text of the hub is measured on WikiText-2, except where a model was trained on something simpler', () => {
  const text = { task: 'language-model', maxContext: 2048 } as const;
  expect(hubPlanModel('o/n@main', text)).toEqual({ ...text, id: 'o/n@main', data: 'wikitext-2' });
  expect(hubPlanModel('Xenova/llama2.c-stories15M', text).data).toBe('tinystories');
  expect(hubPlanModel(`Xenova/llama2.c-stories15M@${'a'.repeat(40)}`, text).data).toBe('tinystories');
  expect(hubPlanModel('o/vit', { task: 'image-classification', maxContext: 197 })).toEqual({
    ...{ id: 'o/vit', task: 'image-classification' },
  });
});
