import { expect, test } from 'vitest';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { referenceDenoiser, type Denoiser, type NoisyImages } from './denoiser';
import { OnnxDenoiser } from './onnxDenoiser';
import { initialNoise, sampleImages } from './sample';
import { noiseSchedule } from './schedule';
import { expectOutput, expectTrajectory, loadDit } from './testing/expected';

const model = await loadDit();
const schedule = noiseSchedule({ _class_name: 'DDPMScheduler' });
const ddim = { sampler: 'ddim', steps: 2, guidance: 2 } as const;

/** A denoiser that predicts a function of the pixel and the label, and remembers what it was asked. */
function fake(noise: (pixel: number, label: number) => number) {
  const asked: NoisyImages[] = [];
  const denoiser: Denoiser = {
    shape: model.shape,
    async predict(images) {
      asked.push(images);
      const perImage = images.pixels.length / images.count;
      return Float64Array.from(images.pixels, (x, i) => noise(x, images.labels[Math.floor(i / perImage)]));
    },
    dispose: () => undefined,
  };
  return { denoiser, asked };
}

test('the float64 reference predicts the noise that PyTorch does', async () => {
  const specs = new Map(model.shape.tensors.map((spec) => [spec.name, spec]));
  await expectOutput(referenceDenoiser(model.shape, (name) => model.tensor(specs.get(name)!)));
});

test('on the CPU noise and images are those of PyTorch', async () => {
  const denoiser = await OnnxDenoiser.create(await nodeRuntime(1), model);
  await expectOutput(denoiser);
  await expectTrajectory(denoiser, model);
  denoiser.dispose();
});

test('guidance asks for the class and for none at once, and its weight 1 for the class alone', async () => {
  const { denoiser, asked } = fake(() => 0);
  const requests = [
    { label: 3, seed: 1 },
    { label: 9, seed: 2 },
  ];
  await sampleImages(denoiser, schedule, requests, ddim);
  await sampleImages(denoiser, schedule, requests, { ...ddim, guidance: 1 });
  expect(asked.map(({ labels, timesteps }) => [[...Array.from(labels)], timesteps[0]])).toEqual([
    [[3, 9, 10, 10], 500],
    [[3, 9, 10, 10], 0],
    [[3, 9], 500],
    [[3, 9], 0],
  ]);
});

test.each(['ddim', 'ddpm'] as const)('%s: an image depends on its own seed alone', async (sampler) => {
  const { denoiser } = fake((x) => x / 2);
  const sample = (...seeds: number[]) =>
    sampleImages(
      denoiser,
      schedule,
      seeds.map((seed) => ({ label: 0, seed })),
      { ...ddim, sampler, steps: 5 },
    );
  const [pair, alone] = [await sample(7, 8), await sample(8)];
  expect([...pair.subarray(784)]).toEqual([...alone]);
  expect([...pair.subarray(0, 784)]).not.toEqual([...alone]);
  const noise = initialNoise(model.shape, 7);
  const variance = noise.reduce((sum, x) => sum + x * x, 0) / noise.length;
  expect(Math.abs(variance - 1)).toBeLessThan(0.3);
});

test('bad requests and noise that is not finite are refused', async () => {
  const { denoiser } = fake(() => NaN);
  const request = { label: 0, seed: 1 };
  const sample = (requests: { label: number; seed: number }[], options: object = {}) =>
    sampleImages(denoiser, schedule, requests, { ...ddim, ...options });
  await expect(sample([{ ...request, label: 11 }])).rejects.toThrow(
    /no class 11: .* 0 to 9, and 10 means none/,
  );
  await expect(sample([{ ...request, label: -1 }])).rejects.toThrow(/no class -1/);
  await expect(sample([request], { steps: 1001 })).rejects.toThrow(/1001 sampling steps/);
  await expect(sample([request], { guidance: -1 })).rejects.toThrow(/guidance cannot be -1/);
  await expect(sample([])).rejects.toThrow(/No images/);
  await expect(sample([request])).rejects.toMatchObject({ code: 'not-finite' });
});
