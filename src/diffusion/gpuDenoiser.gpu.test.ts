import { afterAll, expect, test } from 'vitest';
import { denseWeights } from '../runtime/forward/weights';
import { testGpu } from '../testing/gpu';
import { GpuDenoiser } from './gpuDenoiser';
import { expectOutput, expectTrajectory, loadDit } from './testing/expected';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

// Batches of three leave the last one incomplete.
test.each([3, 4])('in batches of %i the GPU predicts the noise that PyTorch does', async (batch) => {
  const model = await loadDit();
  const weights = await denseWeights(gpu, model);
  const denoiser = await GpuDenoiser.create(gpu, model.shape, weights, batch);
  await expectOutput(denoiser);
  denoiser.dispose();
  weights.dispose();
});

test('images pass through the states of PyTorch', async () => {
  const model = await loadDit();
  const weights = await denseWeights(gpu, model);
  const denoiser = await GpuDenoiser.create(gpu, model.shape, weights, 20);
  await expectTrajectory(denoiser, model);
  denoiser.dispose();
  weights.dispose();
});
