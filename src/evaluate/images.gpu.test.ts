import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCifar10 } from '../formats/cifar';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { denseWeights } from '../runtime/forward/weights';
import { readCheckpoint } from '../testing/checkpoint';
import { fixtureInput } from '../testing/fixtureInput';
import { testGpu } from '../testing/gpu';
import { fixture } from '../testing/fixtures';
import { imageEvaluator } from './images';
import { unpackBits } from './imageSamples';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Every evaluation runs on either; the weights are on the GPU. */
const RUNTIMES = [
  ['GPU', undefined],
  ['CPU', await nodeRuntime()],
] as const;

describe.each(RUNTIMES)('image accuracy on the %s', (_, cpu) => {
  test('answers equal the arg-max of transformers, whatever the batch', async () => {
    const folder = fixture('arch/vit');
    const { input, expected } = fixtureInput(folder);
    const model = readCheckpoint(folder);
    const classes = expected.length / input.sequences;
    const answers = Array.from({ length: input.sequences }, (_, i) => argMax(expected, i * classes, classes));
    // Every image five times; the third copy carries a wrong label.
    const copies = 5;
    const labels = Array.from({ length: copies * input.sequences }, (_, i) => {
      const answer = answers[i % input.sequences];
      return Math.floor(i / input.sequences) === 2 ? (answer + 1) % classes : answer;
    });
    const each = input.values.length / input.sequences;
    const pixels = (first: number, count: number) => {
      const values = new Float32Array(count * each);
      for (let i = 0; i < count; i++) {
        const image = (first + i) % input.sequences;
        values.set(input.values.subarray(image * each, (image + 1) * each), i * each);
      }
      return values;
    };
    const baseline = await denseWeights(gpu, model);
    const evaluator = imageEvaluator({
      gpu,
      shape: model.shape,
      baseline,
      labels,
      pixels,
      metrics: 'all',
      cpu,
    });
    const { quality, samples } = await evaluator.measureBaseline({ label: 'baseline' });
    expect(quality.value).toBe((copies - 1) / copies);
    expect(samples.flatMap(unpackBits)).toEqual(
      labels.map((label, i) => label === answers[i % input.sequences]),
    );
    evaluator.dispose();
    baseline.dispose();
  });

  test('vit-cifar10 classifies, and a damaged copy is compared image by image', async () => {
    const model = readCheckpoint('public/models/vit-cifar10');
    const count = 40;
    const { labels, pixels } = parseCifar10(
      readFileSync('public/data/cifar-10/test_2000.bin').subarray(0, count * 3073),
    );
    const baseline = await denseWeights(gpu, model);
    const damaged = await denseWeights(gpu, {
      shape: model.shape,
      tensor: async (spec) =>
        (await model.tensor(spec)).map((v) => (spec.role === 'mlp' ? Math.round(8 * v) / 8 : v)),
    });
    const evaluator = imageEvaluator({
      gpu,
      shape: model.shape,
      baseline,
      labels,
      pixels: (first, n) => normalized(pixels.subarray(first * 3072, (first + n) * 3072)),
      metrics: 'all',
      cpu,
    });
    const own = await evaluator.measureBaseline({ label: 'baseline' });
    const result = await evaluator.measure(damaged, { label: 'damaged' });
    // 70.16 % over the whole test set (README of the model); ± 4 standard errors of 40 images.
    expect(Math.abs(own.quality.value - 0.7016)).toBeLessThan(4 * Math.sqrt((0.7 * 0.3) / count));
    expect(own.quality.deltaCi95[0]).toBeLessThan(0);
    const before = own.samples.flatMap(unpackBits);
    const after = result.samples.flatMap(unpackBits);
    const gained = after.filter((r, i) => r && !before[i]).length;
    const lost = after.filter((r, i) => !r && before[i]).length;
    expect(gained + lost).toBeGreaterThan(0);
    expect(result.quality.delta).toBeCloseTo((gained - lost) / count, 12);
    expect(result.quality.klMean).toBeGreaterThan(0.001);
    expect(result.quality.topAgreement).toBeLessThan(1);
    evaluator.dispose();
    damaged.dispose();
    baseline.dispose();
  });
});

function argMax(values: Float32Array, first: number, count: number): number {
  return values.subarray(first, first + count).reduce((best, v, i, row) => (v > row[best] ? i : best), 0);
}

/** (pixel ÷ 255 − mean) ÷ deviation per channel (preprocessor_config.json of the model). */
function normalized(pixels: Uint8Array): Float32Array {
  const [mean, deviation] = [
    [0.4914, 0.4822, 0.4465],
    [0.247, 0.2435, 0.2616],
  ];
  return Float32Array.from(pixels, (p, i) => {
    const channel = Math.floor(i / 1024) % 3;
    return (p / 255 - mean[channel]) / deviation[channel];
  });
}
