import { expect, test } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { loadImages, loadText } from '../../data/datasets';
import { embeddedFolder } from '../../models/embedded';
import { loadModel } from '../../models/load/load';
import type { Lab } from '../lab';
import { EMBEDDED_NAMES } from '../plan/build';
import { move } from './augment';
import { buildTrainPlan } from './build';
import { openTrainingData } from './data';
import { headData } from './headData';
import { drawnModel, withNewHead, withValues } from './model';
import { smallVit } from './testing/smallVit';

const files = folderFiles('public/data');
const lab = {
  openText: (id: string) => loadText(id, files),
  openImages: (id: string) => loadImages(id, files),
} as unknown as Lab;
const names = { model: EMBEDDED_NAMES.model, data: (name: string) => ({ id: name }) };
const modelOf = (id: string) => loadModel(embeddedFolder(id, folderFiles(`public/models/${id}`)));

async function open(id: string, data: string, evaluationSha256 = 'another', augment?: boolean) {
  const plan = buildTrainPlan({ model: id, data, ...(augment !== undefined && { augment }) }, names);
  return openTrainingData({ lab, plan, model: await modelOf(id), evaluationSha256 });
}

test('text is cut into windows whose targets are the next tokens', async () => {
  const source = await open('stories260K', 'tinystories-training');
  expect(source.sha256).toBe((await loadText('tinystories-training', files)).sha256);
  const { input, targets } = await source.batch(0, 2, 16);
  expect(input.subarray(1, 16)).toEqual(targets.subarray(0, 15));
  expect(await source.batch(0, 2, 16)).toEqual({ input, targets });
});

test('images are preprocessed and moved, with labels of the model’s classes', async () => {
  const source = await open('vit-cifar10', 'cifar-10-training', 'another', true);
  expect(source.name).toBe('cifar-10-training, flipped and moved');
  const { input, targets } = await source.batch(0, 3, 1);
  const plain = await (await open('vit-cifar10', 'cifar-10-training')).batch(0, 3, 1);
  expect(targets).toEqual(plain.targets);
  const image = (of: ArrayLike<number>, i: number) => (of as Float32Array).subarray(i * 3072, (i + 1) * 3072);
  const moves = [0, 1, 2].map((i) => moveBetween(image(plain.input, i), image(input, i)));
  // Each of them is one of the 2 · 9 · 9 moves, and not all stand still.
  expect(moves).not.toContain(undefined);
  expect(moves.some((found) => found!.flip || found!.right !== 0 || found!.down !== 0)).toBe(true);
  expect(Math.max(...targets)).toBeLessThan(10);
  // (1 − 0.4465) ÷ 0.2616 and −0.4914 ÷ 0.247 bound what the preprocessor gives.
  expect(Math.max(...input)).toBeLessThan(2.2);
  expect(Math.min(...input)).toBeGreaterThan(-2);
});

/** How the second image came out of the first, if it did. */
function moveBetween(from: Float32Array, to: Float32Array) {
  const places = Array.from({ length: 9 }, (_, i) => i - 4);
  const all = [false, true].flatMap((flip) =>
    places.flatMap((right) => places.map((down) => ({ flip, right, down }))),
  );
  return all.find((each) => {
    const moved = new Float32Array(from.length);
    move(from, moved, { size: 32, channels: 3 }, each);
    return moved.every((value, i) => value === to[i]);
  });
}

test('evaluation data is refused by name, by checksum, and as a part of another set', async () => {
  const refused = { code: 'bad-plan', remedy: expect.stringContaining('tinystories-training') };
  await expect(open('stories260K', 'tinystories')).rejects.toMatchObject(refused);
  await expect(open('stories260K', 'tinystories-development')).rejects.toMatchObject(refused);
  await expect(open('vit-cifar10', 'cifar-10')).rejects.toMatchObject(refused);
  const { sha256 } = await loadText('tinystories-training', files);
  const own = open('stories260K', 'tinystories-training', sha256);
  await expect(own).rejects.toThrow(/is the data this plan measures on/);
});

test('images are resized by the preprocessor of the model', async () => {
  const plan = buildTrainPlan({ model: 'vit-cifar10', augment: true }, names);
  const model = await withNewHead(await smallVit(), headData('cifar-10'), 1);
  const source = await openTrainingData({ lab, plan, model, evaluationSha256: 'another' });
  const { input, targets } = await source.batch(0, 2, 1);
  expect([input.length, targets.length]).toEqual([2 * 3 * 48 * 48, 2]);
});

test('images of another size are refused before anything is trained', async () => {
  const plan = buildTrainPlan({ model: 'vit-cifar10' }, names);
  const model = await withNewHead(await smallVit({ resizes: false }), headData('cifar-10'), 1);
  const opening = openTrainingData({ lab, plan, model, evaluationSha256: 'another' });
  await expect(opening).rejects.toThrow(/images are 32 × 32, but the model requires 48 × 48/);
  await expect(open('vit-cifar10', 'fashion-mnist-training')).rejects.toThrow(/1 × 28 × 28.*3 × 32 × 32/);
});

test('drawn weights are bounded and keyed by the seed, and norms are 1', async () => {
  const model = await modelOf('vit-cifar10');
  const [a, again, b] = await Promise.all([1, 1, 2].map((seed) => drawnModel(model, seed)));
  expect(a.sha256).toBe(again.sha256);
  expect(a.sha256).not.toBe(b.sha256);
  const values = async (name: string) => a.tensor(model.shape.tensors.find((spec) => spec.name === name)!);
  const matrix = await values('vit.encoder.layer.0.intermediate.dense.weight');
  const bound = 1 / Math.sqrt(128);
  expect(Math.max(...matrix.map(Math.abs))).toBeLessThanOrEqual(bound);
  // Standard deviation of a uniform distribution, within a per cent of 65,536 draws.
  const square = matrix.reduce((sum, v) => sum + v * v, 0) / matrix.length;
  expect(Math.abs(Math.sqrt(3 * square) / bound - 1)).toBeLessThan(0.01);
  expect(new Set(await values('vit.layernorm.weight'))).toEqual(new Set([1]));
  expect(new Set(await values('vit.layernorm.bias'))).toEqual(new Set([0]));
});

test('a new classifier has the classes of its data, drawn by the seed, and leaves the other weights alone', async () => {
  const model = await smallVit();
  const data = headData('cifar-10');
  const [a, again, b] = await Promise.all([1, 1, 2].map((seed) => withNewHead(model, data, seed)));
  await expect(withNewHead(model, headData('fashion-mnist'), 1)).rejects.toMatchObject({
    ...{ code: 'bad-plan', message: 'Images of fashion-mnist have one channel; small-vit takes 3.' },
  });
  expect([a.shape.vocabulary, a.shape.program.head.outputs]).toEqual([10, 10]);
  expect(a.config.id2label).toMatchObject({ 0: 'airplane', 9: 'truck' });
  expect(a.config.label2id).toMatchObject({ airplane: 0, truck: 9 });
  expect([a.sha256 === again.sha256, a.sha256 === b.sha256, a.sha256 === model.sha256]).toEqual([
    true,
    false,
    false,
  ]);
  for (const spec of a.shape.tensors) {
    const values = await a.tensor(spec);
    if (!spec.name.startsWith('classifier.')) expect(values).toEqual(await model.tensor(spec));
    else if (spec.role === 'bias') expect(values).toEqual(new Float32Array(10));
    else {
      expect(values).toHaveLength(10 * 32);
      // Uniform within 1 ÷ √32: of 320 draws the largest is close to the bound.
      const largest = Math.max(...values.map(Math.abs)) * Math.sqrt(32);
      expect(largest).toBeGreaterThan(0.95);
      expect(largest).toBeLessThanOrEqual(1);
    }
  }
});

test('a trained model keeps its own copy of every value', async () => {
  const model = await modelOf('stories260K');
  const values = new Map(
    await Promise.all(
      model.shape.tensors.map(async (spec) => [spec.name, await model.tensor(spec)] as const),
    ),
  );
  const trained = await withValues(model, values);
  const [spec] = model.shape.tensors;
  (await trained.tensor(spec)).fill(7);
  expect(await trained.tensor(spec)).toEqual(await model.tensor(spec));
  expect(trained.revision).toBe(`trained ${trained.sha256.slice(0, 12)}`);
});
