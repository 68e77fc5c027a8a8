import { expect, test } from 'vitest';
import { parseCodec } from '../codecs/contract/spec';
import { loadModel } from '../models/load/load';
import type { Model } from '../models/model';
import { folderFiles } from '../platform/node/folder';
import { compress } from './compress';
import { hostProcessor } from './hostProcessor';
import { Artefact } from './read';
import { isInScope, type Recipe } from './recipe';
import { memorySink } from './sink';

const base = await loadModel(folderFiles('public/models/stories260K'));
const processor = hostProcessor();

/** Differences that 8 bits store without error: whole multiples of 2⁻¹⁰ from −127 to 127, both in every row. */
const stepAt = (i: number) => ((i % 64) * 4 - 126 + (i % 64 === 63 ? 1 : 0) - (i % 64 === 0 ? 1 : 0)) / 1024;

const tuned: Model = {
  ...base,
  id: 'tuned',
  sha256: 'ab'.repeat(32),
  tensor: async (spec) => (await base.tensor(spec)).map((value, i) => value + stepAt(i)),
};

const recipe = (codec: string, of?: Model): Recipe => ({
  spec: parseCodec(codec),
  scope: 'linear',
  rest: 'float32',
  ...(of && { base: of }),
});
const write = async (how: Recipe) =>
  (await compress(tuned, how, undefined, memorySink(), { processor, seed: 1 })).file;

test.each(['delta(rtn(bits=8,group=row))', 'rans(delta(rtn(bits=8,group=row)))'])(
  '%s restores base + Δ, where the difference needs no rounding',
  async (codec) => {
    const file = await write(recipe(codec, base));
    const artefact = await Artefact.open(file, base);
    expect(artefact.metadata.base).toMatchObject({ id: 'stories260K', sha256: base.sha256 });
    for (const tensor of artefact.shape.tensors.filter(
      ({ block, matrix }) => block === 0 && matrix[1] === 64,
    )) {
      const restored = await processor.read(await artefact.decode(processor, tensor));
      expect(restored).toEqual(await tuned.tensor(tensor));
    }
  },
);

test('the difference is coded, not the model: at 2 bits its error is far below that of the model at 2 bits', async () => {
  const errorOf = async (artefact: Artefact) => {
    let sum = 0;
    for (const tensor of artefact.shape.tensors.filter((each) => isInScope(each, 'linear'))) {
      const wanted = await tuned.tensor(tensor);
      const found = await processor.read(await artefact.decode(processor, tensor));
      sum += found.reduce((total, value, i) => total + (value - wanted[i]) ** 2, 0);
    }
    return sum;
  };
  const delta = await Artefact.open(await write(recipe('delta(rtn(bits=2))', base)), base);
  const plain = await Artefact.open(await write(recipe('rtn(bits=2)')));
  expect(await errorOf(delta)).toBeLessThan(0.3 * (await errorOf(plain)));
});

test('a missing, another or a smaller base is refused by name', async () => {
  const codec = 'delta(rtn(bits=8))';
  await expect(write(recipe(codec))).rejects.toMatchObject({ code: 'bad-plan', remedy: /--base MODEL/ });
  const { tensors } = base.shape;
  const shape = { ...base.shape, tensors: tensors.filter(({ name }) => !name.includes('layers.4')) };
  await expect(write(recipe(codec, { ...base, shape }))).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringMatching(/it has no tensor model\.layers\.4\./) as string,
  });
  const file = await write(recipe(codec, base));
  await expect(Artefact.open(file)).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('holds the difference from stories260K') as string,
  });
  await expect(Artefact.open(file, tuned)).rejects.toMatchObject({
    message: expect.stringContaining(`tuned, whose weights have the SHA-256 ${tuned.sha256}`) as string,
  });
});
