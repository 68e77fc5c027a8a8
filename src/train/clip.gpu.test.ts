import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../testing/gpu';
import { spiked } from '../testing/spiked';
import { clipFactor, GradientNorm } from './clip';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

async function normOf(...values: Float32Array[]): Promise<number> {
  const scope = gpu.buffers.scope();
  const inputs = values.map((data) => ({ buffer: scope.upload(data, 'gradient'), count: data.length }));
  const norm = new GradientNorm(gpu, scope, inputs);
  const recorder = gpu.recorder();
  await norm.record({ gpu, recorder });
  await gpu.stream.run(recorder.commands);
  const first = await norm.read();
  await gpu.stream.run(recorder.commands);
  expect(await norm.read()).toBe(first);
  recorder.dispose();
  scope.dispose();
  return first;
}

test('the norm over buffers of sizes around the block equals the float64 norm', async () => {
  // The largest buffers are first and last because their partial sums share scratch.
  const buffers = [8193, 1, 63, 65, 4095, 4096, 4097, 250001].map((n, i) => spiked(n, i));
  const expected = Math.sqrt(buffers.reduce((sum, b) => sum + b.reduce((s, x) => s + x * x, 0), 0));
  // Two levels of sums of 64 positive squares have an error of 64 half-ulps each at worst, halved by the root.
  expect(Math.abs((await normOf(...buffers)) / expected - 1)).toBeLessThan(64 * 2 ** -24);
});

test('a gradient that is not finite gives a norm that is not finite', async () => {
  for (const bad of [NaN, Infinity, 1e30])
    expect(Number.isFinite(await normOf(spiked(5000, 1).fill(bad, 4500, 4501)))).toBe(false);
});

test('the factor leaves small norms and reduces large ones', () => {
  expect(clipFactor(0, 1)).toBe(1);
  expect(clipFactor(0.5, 1)).toBe(1);
  expect(clipFactor(4, 1) * 4).toBeCloseTo(1, 5);
});
