import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { folderFiles } from '../../platform/node/folder';
import { referenceLogits } from '../../runtime/reference/logits';
import { expectClose } from '../../testing/close';
import { describeLarge } from '../../testing/large';
import { loadModel } from './load';
import { toCheckpoint } from './orientation';

interface Checkpoint {
  weights: Record<string, { sha256: string }>;
  tokens: number[];
  /** What transformers computes in float32 with the weights that the tool restores. */
  dequantised: { nll: number[]; argmaxSha256: string; lastTopToken: number };
}
type Expected = Record<string, Checkpoint>;

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

    test.each(Object.entries(expected))(
      '%s: the likeliest token after every token is that of transformers',
      async (name, { tokens, dequantised: { nll, argmaxSha256, lastTopToken } }) => {
        const { shape, tensor } = await loadModel(folderFiles(file.replace('expected.json', name)));
        const specs = new Map(shape.tensors.map((spec) => [spec.name, spec]));
        const input = { values: Uint32Array.from(tokens), sequences: 1, length: tokens.length };
        const logits = await referenceLogits(shape, (each) => tensor(specs.get(each)!), input);
        const rows = tokens.map((_, i) => logits.subarray(i * shape.vocabulary, (i + 1) * shape.vocabulary));
        const top = Int32Array.from(rows, (row) => row.indexOf(largest(row)));
        expect(top.at(-1)).toBe(lastTopToken);
        expect(await sha256Hex(new Uint8Array(top.buffer))).toBe(argmaxSha256);
        expectClose(
          nll.map((_, i) => lossOf(rows[i], tokens[i + 1])),
          nll,
          { abs: 1e-4 },
        );
      },
    );
  });

const largest = (row: ArrayLike<number>) => Array.from(row).reduce((a, b) => Math.max(a, b));

function lossOf(row: Float64Array, token: number): number {
  const top = largest(row);
  return Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0)) + top - row[token];
}
