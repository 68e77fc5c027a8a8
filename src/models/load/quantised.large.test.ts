import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { folderFiles } from '../../platform/node/folder';
import { describeLarge } from '../../testing/large';
import { loadModel } from './load';
import { toCheckpoint } from './orientation';

type Expected = Record<string, { weights: Record<string, { sha256: string }> }>;

for (const tool of ['gptq', 'awq', 'compressed-tensors', 'bnb', 'mlx'])
  describeLarge(`fixtures/quantised/${tool}/expected.json`, (file) => {
    const expected = JSON.parse(readFileSync(file, 'utf8')) as Expected;
    test.each(Object.entries(expected))(
      '%s: every weight has the bits of its tool',
      async (name, { weights }) => {
        const model = await loadModel(folderFiles(file.replace('expected.json', name)));
        const found: Record<string, string> = {};
        for (const spec of model.shape.tensors) {
          if (!Object.hasOwn(weights, spec.name)) continue;
          const { buffer } = toCheckpoint(spec, await model.tensor(spec));
          found[spec.name] = await sha256Hex(new Uint8Array(buffer));
        }
        const hashes = Object.entries(weights).map(([tensor, { sha256 }]) => [tensor, sha256]);
        expect(found).toEqual(Object.fromEntries(hashes));
      },
    );
  });
