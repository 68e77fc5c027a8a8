import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { floatsToBfloat16s, roundToHalf } from '../../base/float16';
import { torchArchive } from '../../formats/torch/testing/archive';
import { dictPickle, int, storage, tensor } from '../../formats/torch/testing/pickles';
import { fixture } from '../../testing/fixtures';
import type { FileSource } from './files';
import { loadModel } from './load';
import { loadWeights } from './weights';

const folder = fixture('arch/gpt2');
const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));

function memoryFiles(files: Record<string, Uint8Array>): FileSource {
  return {
    id: 'tiny',
    source: 'memory',
    revision: '1',
    has: async (name) => name in files,
    read: async (name) => files[name],
  };
}

/** Returns a PyTorch file with one bfloat16 vector. */
function shard(name: string, values: number[]): Uint8Array {
  const bits = new Uint8Array(floatsToBfloat16s(values).buffer);
  const from = storage(values.length, '0', 'BFloat16Storage');
  return torchArchive(
    dictPickle({ [name]: tensor({ from, shape: [int(values.length)], strides: [int(1)] }) }),
    [bits],
  );
}

const INDEX = 'pytorch_model.bin.index.json';

describe('PyTorch checkpoints', () => {
  it('are read from the shards of an index', async () => {
    const files = memoryFiles({
      [INDEX]: json({ weight_map: { a: 'part-1.bin', b: 'part-2.bin' } }),
      'part-1.bin': shard('a', [1, 2]),
      'part-2.bin': shard('b', [-0.5]),
    });
    const { tensors, sha256 } = await loadWeights(files);
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, [...shape]])).toEqual([
      ['a', 'BF16', [2]],
      ['b', 'BF16', [1]],
    ]);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    [{ a: '../part-1.bin' }, /not a file of this folder/],
    [{ a: 'part-1.safetensors' }, /not a file of this folder/],
    [{ b: 'part-1.bin' }, /"b" is in part-1\.bin/],
  ])('with the index %j are refused, and the error names it', async (weight_map, sentence) => {
    const files = memoryFiles({ [INDEX]: json({ weight_map }), 'part-1.bin': shard('a', [1]) });
    const error = await loadWeights(files).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).message).toMatch(sentence);
    expect((error as LabError).message).toContain(INDEX);
  });

  it('are among the files that the error about a folder without weights lists', async () => {
    await expect(loadWeights(memoryFiles({}))).rejects.toThrow(/model\.safetensors.*pytorch_model\.bin/);
  });
});

describe('a model in both formats', () => {
  const read = (name: string) => new Uint8Array(readFileSync(`${folder}/${name}`));
  const load = (weights: string) =>
    loadModel(memoryFiles({ 'config.json': read('config.json'), [weights]: read(weights) }));

  it('is the same from pytorch_model.bin, in float16', async () => {
    const [torch, exact] = [await load('pytorch_model.bin'), await load('model.safetensors')];
    expect(torch.shape.parameters).toBe(exact.shape.parameters);
    for (const spec of exact.shape.tensors) {
      const halves = Float32Array.from(await exact.tensor(spec), (value) => roundToHalf(value));
      expect(await torch.tensor(spec)).toEqual(halves);
    }
  });

  it('is read from safetensors if the folder has both', async () => {
    const both = ['config.json', 'model.safetensors', 'pytorch_model.bin'];
    const model = await loadModel(memoryFiles(Object.fromEntries(both.map((name) => [name, read(name)]))));
    expect(model.sha256).toBe((await load('model.safetensors')).sha256);
  });
});
