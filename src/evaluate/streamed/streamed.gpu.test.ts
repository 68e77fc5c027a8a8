import { afterAll, describe, expect, test } from 'vitest';
import { Cancelled } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { OpenOptions } from '../../gpu/device';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { streamedModel, type StreamedWeights } from '../../runtime/forward/streamedWeights';
import { denseWeights } from '../../runtime/forward/weights';
import { readCheckpoint, type Checkpoint } from '../../testing/checkpoint';
import { testGpu } from '../../testing/gpu';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { textBatches } from '../batches';
import type { BatchLayout } from '../engine';
import { imageEvaluator } from '../images';
import type { RowLosses } from '../reduction';
import { textEvaluator, type TextInput } from '../text';
import { planWindows } from '../windows';
import { CpuStages } from './cpuStages';
import { StreamedEngine } from './engine';
import { GpuStages } from './gpuStages';

/** Bound on the difference of any window's mean loss from the whole model's, in nats. */
const MEAN_NLL = 1e-6;
/** KL divergences of a disturbed model are of the order of 1e-2. */
const MEAN_KL = 1e-6;

const cpu = await nodeRuntime();
const ENGINES = [
  ['GPU', undefined],
  ['CPU', cpu],
] as const;

afterAll(async () => expect((await testGpu()).buffers.liveCount).toBe(0));

/** The checkpoint with seeded noise on every matrix: a stand-in for a codec. */
function disturbed({ shape, tensor }: Checkpoint): Checkpoint {
  return {
    shape,
    async tensor(spec) {
      const values = await tensor(spec);
      const random = new KeyedRandom(9, shape.tensors.indexOf(spec));
      return spec.matrix[0] === 1 ? values : values.map((v) => v * (1 + 0.05 * random.nextNormal()));
    },
  };
}

type Settings = Omit<TextInput, 'gpu' | 'shape' | 'baseline' | 'ids' | 'protocol'>;

/** Windows of one batch: 16 windows in at least four batches. */
const SEQUENCES = 4;
const protocol = { kind: 'sliding', context: 16, stride: 5 } as const;

function idsFor({ shape }: Checkpoint): Uint32Array {
  const random = new KeyedRandom(2);
  return Uint32Array.from({ length: 90 }, () => random.nextUint32() % shape.vocabulary);
}

/** Measures the disturbed model against the checkpoint, with all weights on the GPU or streamed. */
async function measure(model: Checkpoint, streamed: boolean, settings: Settings, options: OpenOptions = {}) {
  const gpu = await testGpu(options);
  const changed = disturbed(model);
  const opened = streamed
    ? [streamedModel(gpu, model), streamedModel(gpu, changed)]
    : [await denseWeights(gpu, model), await denseWeights(gpu, changed)];
  const [baseline, weights] = opened;
  const evaluator = textEvaluator({
    ...{ gpu, shape: model.shape, baseline, ids: idsFor(model), protocol },
    ...settings,
  });
  try {
    return await evaluator.measure(weights, { label: 'codec' });
  } finally {
    evaluator.dispose();
    for (const made of opened) if ('dispose' in made) made.dispose();
  }
}

/** The windows in batches, for an engine without an evaluator. */
function layoutOf(model: Checkpoint, baseline: StreamedWeights): BatchLayout<StreamedWeights> {
  const ids = idsFor(model);
  const batches = textBatches(ids, planWindows(ids.length, protocol), SEQUENCES);
  return { shape: model.shape, baseline, batches, sequences: SEQUENCES, length: 16, metrics: 'all' };
}

type Result = Awaited<ReturnType<typeof measure>>;

function expectEqual(streamed: Result, whole: Result): void {
  expect(streamed.samples).toHaveLength(whole.samples.length);
  whole.samples.forEach((sample, i) => {
    const { nll, baselineNll, kl, tokens } = streamed.samples[i];
    expect(tokens).toBe(sample.tokens);
    expect(Math.abs(nll - sample.nll) / tokens).toBeLessThan(MEAN_NLL);
    expect(Math.abs(baselineNll - sample.baselineNll) / tokens).toBeLessThan(MEAN_NLL);
    if (sample.kl !== undefined) expect(Math.abs(kl! - sample.kl) / tokens).toBeLessThan(MEAN_KL);
  });
  expect(streamed.quality.topAgreement).toBeCloseTo(whole.quality.topAgreement, 12);
}

describe.each(ENGINES)('streamed weights on the %s', (name, runtime) => {
  test.each(LANGUAGE_FIXTURES)('give %s the losses of the whole model', async (fixtureName) => {
    const model = readCheckpoint(fixture(`arch/${fixtureName}`));
    const settings = { metrics: 'all', cpu: runtime } as const;
    const streamed = await measure(model, true, settings);
    const whole = await measure(model, false, settings);
    expectEqual(streamed, whole);
    expect(streamed.compute).toBe(name.toLowerCase());
    expect(whole.quality.klMean).toBeGreaterThan(1e-5);
  });

  test('give the same losses if batches run one by one, and the baseline again', async () => {
    const gpu = await testGpu();
    const model = readCheckpoint(fixture('arch/llama-gqa'));
    const layout = layoutOf(model, streamedModel(gpu, model));
    const weights = streamedModel(gpu, disturbed(model));
    const losses = async (group: number, cacheBytes?: number) => {
      const runner = runtime ? new CpuStages(runtime, layout) : new GpuStages(gpu, layout, group);
      const engine = new StreamedEngine(runner, layout, group, cacheBytes);
      const passes = engine.open({ weights, batches: layout.batches, withBaseline: true });
      const all: RowLosses[] = [];
      for (const batch of layout.batches) {
        expect(await passes.forward(batch)).toBeGreaterThan(0);
        for await (const part of passes.losses(batch)) all.push(part);
      }
      await passes.dispose();
      engine.dispose();
      return all;
    };
    const together = await losses(4);
    expect(await losses(1, 0)).toEqual(together);
    expect(Math.max(...together[3].kl!)).toBeGreaterThan(1e-3);
  });

  test('refuse less memory than the largest part needs, and name the need', async () => {
    const model = readCheckpoint(fixture('arch/gpt2'));
    const run = measure(model, true, { metrics: 'all', cpu: runtime, memoryBytes: 1000 });
    await expect(run).rejects.toMatchObject({
      code: 'limit',
      message: expect.stringMatching(/needs [\d.]+ kB; the plan allows 1\.00 kB\.$/) as string,
      remedy: expect.stringMatching(/^Allow at least 1MiB/) as string,
    });
  });

  test('report progress, stop when asked, and measure afterwards', async () => {
    const gpu = await testGpu();
    const model = readCheckpoint(fixture('arch/gpt2'));
    const baseline = streamedModel(gpu, model);
    const evaluator = textEvaluator({
      ...{ gpu, shape: model.shape, baseline, ids: idsFor(model), protocol },
      ...{ metrics: 'all', cpu: runtime },
    });
    const controller = new AbortController();
    const stopped = evaluator.measureBaseline({
      label: 'baseline',
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(stopped).rejects.toBeInstanceOf(Cancelled);
    const progress: number[] = [];
    const control = { label: 'codec', onProgress: (done: number) => void progress.push(done) };
    // The states of the baseline itself are kept, and it would not run again.
    expect((await evaluator.measure(streamedModel(gpu, model), control)).quality.delta).toBe(0);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress[0]).toBeGreaterThan(0);
    expect(progress[0]).toBeLessThan(4);
    expect(progress.at(-1)).toBe(16);
    evaluator.dispose();
  });

  test('classify images as the whole model does', async () => {
    const gpu = await testGpu();
    const model = readCheckpoint(fixture('arch/vit'));
    const { channels, size } = model.shape.image!;
    const random = new KeyedRandom(3);
    const all = Float32Array.from({ length: 20 * channels * size ** 2 }, () => random.nextNormal());
    const labels = Array.from({ length: 20 }, (_, i) => i % model.shape.vocabulary);
    const pixels = (first: number, count: number) =>
      all.slice(first * channels * size ** 2, (first + count) * channels * size ** 2);
    const input = { gpu, shape: model.shape, labels, pixels, metrics: 'all', cpu: runtime } as const;
    const whole = await denseWeights(gpu, model);
    const evaluators = [whole, streamedModel(gpu, model)].map((baseline) =>
      imageEvaluator({ ...input, baseline }),
    );
    const [expected, { quality, samples }] = await Promise.all(
      evaluators.map((evaluator) => evaluator.measureBaseline({ label: 'baseline' })),
    );
    expect(Math.abs(quality.loss - expected.quality.loss)).toBeLessThan(MEAN_NLL);
    expect(samples).toEqual(expected.samples);
    for (const evaluator of evaluators) evaluator.dispose();
    whole.dispose();
  });
});

test('states that wait in main memory give the states that stay on the GPU', async () => {
  const gpu = await testGpu();
  const model = readCheckpoint(fixture('arch/gpt-neo'));
  const baseline = streamedModel(gpu, model);
  const layout = layoutOf(model, baseline);
  const { batches } = layout;
  const states = async (onGpu: number) =>
    (await new GpuStages(gpu, layout, onGpu).run(baseline, batches, { onStage: () => undefined })).map(
      (result) => result.states,
    );
  expect(batches).toHaveLength(4);
  const kept = await states(4);
  expect(await states(0)).toEqual(kept);
  expect(await states(2)).toEqual(kept);
  expect(kept[0].some((value) => value !== 0)).toBe(true);
});
