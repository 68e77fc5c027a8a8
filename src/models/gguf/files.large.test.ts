import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { blockType } from '../../formats/gguf/blockTypes';
import { readImatrix } from '../../formats/imatrix/imatrix';
import { folderFiles } from '../../platform/node/folder';
import { largeFixture } from '../../testing/fixtures';
import { describeLarge } from '../../testing/large';
import { loadModel } from '../load/load';
import { expectLlamaCppFile, type ExpectedTensor } from './testing/llamaCppFile';
import { RequantisedModel } from './testing/requantised';

type Tensors = Record<string, { type: string; dataSha256?: string; sha256?: string }>;
interface Expected {
  source: Record<string, { tensors: Record<string, { sha256: string }> }>;
  files: Record<string, { model: string; kept: boolean; tensors: Tensors }>;
}

/** Returns type and SHA-256 of each tensor of a file. Tensors in float32 are copies of the source's. */
function expectedTensors({ source }: Expected, model: string, tensors: Tensors): [string, ExpectedTensor][] {
  return Object.entries(tensors).map(([name, { type, dataSha256, sha256: decoded }]) => {
    const copy = source[model].tensors[name].sha256;
    return [name, [type, dataSha256 ?? copy, decoded ?? copy]];
  });
}

describeLarge('fixtures/quantised/gguf/expected.json', (path) => {
  const expected = JSON.parse(readFileSync(path, 'utf8')) as Expected;
  const files = Object.entries(expected.files);
  const kept = files.filter(([, file]) => file.kept && file.model === 'gpt2-tinystories');

  test.each(kept)('%s is read as llama.cpp reads it', async (name, { model, tensors }) => {
    const bytes = new Uint8Array(readFileSync(join(path, '..', name)));
    await expectLlamaCppFile(bytes, Object.fromEntries(expectedTensors(expected, model, tensors)));
  });

  // llama.cpp's searches take minutes for the larger models: their files are written if all are asked for.
  const sources = {
    stories260K: 'public/models/stories260K',
    ...(process.env.BITCURVE_ALL_FILES && {
      'gpt2-tinystories': 'public/models/gpt2-tinystories',
      stories15M: largeFixture('models/stories15M'),
    }),
  };
  for (const [model, folder] of Object.entries(sources)) {
    if (folder === undefined) continue;
    const own = files.filter(([, file]) => file.model === model);
    test(`every tensor of ${own.length} files of ${model} is written as llama.cpp writes it`, async () => {
      const source = await RequantisedModel.of(await loadModel(folderFiles(folder)));
      const imatrix = () => readImatrix(readFileSync(join(path, '..', `${model}.imatrix.dat`)));
      for (const [file, { tensors }] of own) {
        const importance = file.includes('.imatrix.') ? imatrix() : undefined;
        for (const [name, digests] of expectedTensors(expected, model, tensors)) {
          const [type] = digests;
          const bytes = source.tensor(name, type, importance);
          const values = new Uint8Array(blockType(type).decode(bytes).buffer);
          const found = [type, await sha256Hex(bytes), await sha256Hex(values)];
          expect([file, name, found]).toEqual([file, name, digests]);
        }
      }
    }, 900_000);
  }
});
