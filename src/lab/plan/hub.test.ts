import { expect, test } from 'vitest';
import { hubPlanModel } from './hub';

test('language models of the hub are measured on WikiText-2, unless the catalogue names another set', () => {
  const text = { task: 'language-model', maxContext: 2048 } as const;
  expect(hubPlanModel('o/n@main', text)).toEqual({ ...text, id: 'o/n@main', data: 'wikitext-2' });
  expect(hubPlanModel('Xenova/llama2.c-stories15M', text).data).toBe('tinystories');
  expect(hubPlanModel(`Xenova/llama2.c-stories15M@${'a'.repeat(40)}`, text).data).toBe('tinystories');
  expect(hubPlanModel('o/vit', { task: 'image-classification', maxContext: 197 })).toEqual({
    ...{ id: 'o/vit', task: 'image-classification' },
  });
});
