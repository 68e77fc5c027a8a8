import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { describeLarge } from '../../testing/large';
import { expectLlamaCppFile, type ExpectedTensor } from './testing/llamaCppFile';

interface Expected {
  source: Record<string, { tensors: Record<string, { sha256: string }> }>;
  files: Record<
    string,
    {
      model: string;
      kept: boolean;
      tensors: Record<string, { type: string; dataSha256?: string; sha256?: string }>;
    }
  >;
}

describeLarge('fixtures/quantised/gguf/expected.json', (path) => {
  const { source, files } = JSON.parse(readFileSync(path, 'utf8')) as Expected;
  const kept = Object.entries(files).filter(([, file]) => file.kept && file.model === 'gpt2-tinystories');

  test.each(kept)('%s is read as llama.cpp reads it', async (name, { model, tensors }) => {
    const expected = Object.entries(tensors).map(([tensor, { type, dataSha256, sha256 }]) => {
      // Tensors in float32 are copies of the source's.
      const copy = source[model].tensors[tensor].sha256;
      return [tensor, [type, dataSha256 ?? copy, sha256 ?? copy] satisfies ExpectedTensor] as const;
    });
    const bytes = new Uint8Array(readFileSync(join(path, '..', name)));
    await expectLlamaCppFile(bytes, Object.fromEntries(expected));
  });
});
