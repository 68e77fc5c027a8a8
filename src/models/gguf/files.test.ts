import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fixture } from '../../testing/fixtures';
import { expectLlamaCppFile, type ExpectedTensor } from './testing/llamaCppFile';

type Files = Record<string, Record<string, ExpectedTensor>>;
const FILES = JSON.parse(readFileSync(fixture('gguf/files.json'), 'utf8')) as Files;

test('there are eight files of llama-quantize', () => expect(Object.keys(FILES).length).toBe(8));

test.each(Object.entries(FILES))('%s is read as llama.cpp reads it', async (name, tensors) => {
  await expectLlamaCppFile(new Uint8Array(readFileSync(fixture(`gguf/${name}`))), tensors);
});
