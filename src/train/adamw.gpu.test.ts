import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { expectClose } from '../testing/close';
import { testGpu } from '../testing/gpu';
import { spiked } from '../testing/spiked';
import { AdamWStep, recordAdamW, type TrainedValues } from './adamw';
import { referenceAdamW, type AdamWState } from './reference/adamw';
import { clipFactor } from './clip';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const COUNT = 1001;
const OPTIONS = { betas: [0.9, 0.95] as const, epsilon: 1e-8, weightDecay: 0.1 };

test.each([true, false])('ten steps equal the float64 reference, with decay: %s', async (decays) => {
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const weights = spiked(COUNT, 1);
  const trained: TrainedValues = {
    values: scope.upload(weights, 'weights'),
    gradient: scope.allocate(4 * COUNT, 'gradient'),
    mean: scope.allocate(4 * COUNT, 'mean'),
    square: scope.allocate(4 * COUNT, 'square'),
    count: COUNT,
    decays,
  };
  const step = new AdamWStep(gpu, scope, OPTIONS);
  await recordAdamW({ gpu, recorder }, step, trained, OPTIONS);
  const zeros = new Array<number>(COUNT).fill(0);
  let expected: AdamWState = { weights: [...weights], mean: zeros, square: zeros };
  for (let index = 0; index < 10; index++) {
    // A tenth of the weights have gradient zero throughout: there is no division by zero.
    const gradient = spiked(COUNT, 10 + index).map((g, i) => (i % 10 === 3 ? 0 : 0.01 * g));
    const rates = { step: index, learningRate: 1e-2 / (1 + index), clip: index % 2 ? 0.3 : 1 };
    gpu.buffers.write(trained.gradient, gradient);
    step.write(rates);
    await gpu.stream.run(recorder.commands);
    const options = { ...OPTIONS, weightDecay: decays ? OPTIONS.weightDecay : 0 };
    expected = referenceAdamW(expected, [...gradient], options, rates);
  }
  const read = async (buffer: GPUBuffer) => new Float32Array(await gpu.stream.read(buffer, 4 * COUNT));
  // Each of the ten steps has a few roundings.
  expectClose(await read(trained.mean), expected.mean, { abs: 1e-9, rel: 1e-6 });
  expectClose(await read(trained.square), expected.square, { abs: 1e-12, rel: 2e-6 });
  expectClose(await read(trained.values), expected.weights, { abs: 3e-7, rel: 1e-6 });
  recorder.dispose();
  scope.dispose();
});

interface Golden {
  betas: [number, number];
  epsilon: number;
  weightDecay: number;
  clipNorm: number;
  start: number[];
  steps: { learningRate: number; gradient: number[]; norm: number; weights: number[] }[];
}
const { cases } = JSON.parse(readFileSync(new URL('testing/torchAdamW.json', import.meta.url), 'utf8')) as {
  cases: Golden[];
};

/** Tolerance: PyTorch computes in float32 with other roundings, a few per step, for eight steps. */
const TORCH = { abs: 1e-6, rel: 2e-6 };

describe.each(cases.map((golden, i) => [i, golden] as const))(
  'steps of torch.optim.AdamW, case %i',
  (_, golden) => {
    const norms = golden.steps.map(({ gradient }) => Math.hypot(...gradient));
    const rates = golden.steps.map(({ learningRate }, step) => ({
      step,
      learningRate,
      clip: clipFactor(norms[step], golden.clipNorm),
    }));

    test('the float64 reference', () => {
      expectClose(
        norms,
        golden.steps.map(({ norm }) => norm),
        TORCH,
      );
      expect(rates.some(({ clip }) => clip < 1)).toBe(true);
      const zeros = golden.start.map(() => 0);
      let state: AdamWState = { weights: golden.start, mean: zeros, square: zeros };
      for (const [i, { gradient, weights }] of golden.steps.entries()) {
        state = referenceAdamW(state, gradient, golden, rates[i]);
        expectClose(state.weights, weights, TORCH);
      }
    });

    test('the kernel', async () => {
      const scope = gpu.buffers.scope();
      const recorder = gpu.recorder();
      const count = golden.start.length;
      const values = scope.upload(Float32Array.from(golden.start), 'weights');
      const [gradient, mean, square] = ['gradient', 'mean', 'square'].map((label) =>
        scope.allocate(4 * count, label),
      );
      const step = new AdamWStep(gpu, scope, golden);
      await recordAdamW(
        { gpu, recorder },
        step,
        { values, gradient, mean, square, count, decays: true },
        golden,
      );
      for (const [i, expected] of golden.steps.entries()) {
        gpu.buffers.write(gradient, Float32Array.from(expected.gradient));
        step.write(rates[i]);
        await gpu.stream.run(recorder.commands);
        expectClose(new Float32Array(await gpu.stream.read(values)), expected.weights, TORCH);
      }
      recorder.dispose();
      scope.dispose();
    });
  },
);
