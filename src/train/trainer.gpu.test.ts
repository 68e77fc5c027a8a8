import { afterAll, describe, expect, test } from 'vitest';
import { openDawn } from '../platform/node/dawn';
import { Cancelled } from '../base/errors';
import { completeOptions } from '../codecs/contract/spec';
import ternary from '../codecs/methods/ternary/ternary/codec';
import { Gpu } from '../gpu/gpu';
import { LINEAR_ROLES } from '../models/architecture';
import { expectClose } from '../testing/close';
import { testGpu } from '../testing/gpu';
import { parseCheckpoint } from './checkpoint';
import type { QatOptions, TrainOptions } from './options';
import { quantised } from './reference/quantiser';
import { referenceStep, scalesOf, valueOf } from './testing/referenceStep';
import { tinyImages, tinyModel, tinyOptions, tinyText, tinyViT } from './testing/tiny';
import { Trainer } from './trainer';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const model = tinyModel();
const QAT: QatOptions = {
  rule: 'optimal',
  group: 32,
  estimator: 'clipped',
  scale: 'statistic',
  stochastic: false,
};
const LEARNED: QatOptions = { ...QAT, rule: 'absmean', scale: 'learned', stochastic: true };
const T81: QatOptions = {
  ...QAT,
  rule: 't81',
  estimator: 'box',
  threshold: { target: 0.3, warmup: 4 },
  stochastic: true,
};

type Values = ReadonlyMap<string, Float32Array>;

/** The bits of all tensors, which tell −0 from 0. */
const bits = (values: Values) =>
  new Map([...values].map(([name, data]) => [name, [...new Uint32Array(data.slice().buffer)].join()]));

async function withTrainer<T>(
  options: TrainOptions,
  body: (trainer: Trainer) => Promise<T>,
  on = gpu,
): Promise<T> {
  const trainer = await Trainer.create(on, model, tinyText(), options);
  try {
    return await body(trainer);
  } finally {
    trainer.dispose();
  }
}

async function steps(trainer: Trainer, count: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < count; i++) losses.push((await trainer.next()).loss);
  return losses;
}

const trained = (options: TrainOptions) =>
  withTrainer(options, async (trainer) => {
    await steps(trainer, options.steps);
    return bits(await trainer.values());
  });

describe('training reduces the loss', () => {
  test.each<[string, QatOptions | undefined]>([
    ['float32', undefined],
    ['three values', QAT],
    ['learned scales, stochastic', LEARNED],
  ])('%s', async (_name, qat) => {
    await withTrainer(tinyOptions({ steps: 20, qat, batch: 8, microBatch: 8 }), async (trainer) => {
      const first = await trainer.next();
      expect(first).toMatchObject({ step: 1, count: 96, learningRate: 1e-2 });
      // The loss starts at that of guessing, ln 37 = 3.6.
      expect(Math.abs(first.loss - Math.log(37))).toBeLessThan(0.6);
      const losses = await steps(trainer, 19);
      expect(trainer.step).toBe(20);
      const last = losses.slice(-3).reduce((a, b) => a + b) / 3;
      expect(last).toBeLessThan(first.loss - 1);
      await expect(trainer.next()).rejects.toMatchObject({
        code: 'bad-plan',
        message: 'All 20 steps of this run are done.',
      });
    });
  });

  test('images are classified by their first token', async () => {
    const options = tinyOptions({ steps: 20, qat: QAT, batch: 12, microBatch: 6 });
    const trainer = await Trainer.create(gpu, tinyViT(), tinyImages(), options);
    const first = await trainer.next();
    expect(first.count).toBe(12);
    const losses = await steps(trainer, 19);
    expect(losses.at(-1)).toBeLessThan(first.loss / 2);
    trainer.dispose();
  });

  test('micro-batches of one sequence add up to the batch', async () => {
    const [whole, parts] = await Promise.all(
      [4, 1].map((microBatch) => withTrainer(tinyOptions({ microBatch }), (trainer) => trainer.next())),
    );
    expect(parts.count).toBe(whole.count);
    expect(parts.correct).toBe(whole.correct);
    // Sums have another order.
    expect(Math.abs(parts.loss - whole.loss)).toBeLessThan(1e-5);
    expect(Math.abs(parts.gradientNorm / whole.gradientNorm - 1)).toBeLessThan(1e-5);
  });

  test('a float model distilled from itself starts with no divergence', async () => {
    const distillation = { weight: 0.25, temperature: 2 };
    const report = await withTrainer(tinyOptions({ distillation }), (trainer) => trainer.next());
    // The KL divergence of float32 logits from themselves is only rounding.
    expect(Math.abs(report.loss - 0.75 * report.nll)).toBeLessThan(1e-5);
    const rounded = await withTrainer(tinyOptions({ distillation, qat: QAT }), (trainer) => trainer.next());
    expect(rounded.loss).toBeGreaterThan(0.75 * rounded.nll + 1e-4);
  });
});

describe('a step equals the float64 reference', () => {
  /** Tolerance: averages and weights are sums of float32 gradients of size 0.01, and AdamW divides by 0.001 or more. */
  const STATE = { abs: 2e-6, rel: 1e-4 };

  test.each<[string, QatOptions | undefined]>([
    ['float32', undefined],
    ['three values, clipped', QAT],
  ])('%s', async (_name, qat) => {
    const options = tinyOptions({ qat, microBatch: 2, clipNorm: 0.25, epsilon: 1e-3 });
    await withTrainer(options, async (trainer) => {
      let passes = 0;
      for (let index = 0; index < 3; index++) {
        const rounded = await trainer.values();
        const before = parseCheckpoint(await trainer.checkpoint());
        const batch = await tinyText().batch(index, options.batch, options.length);
        const expected = await referenceStep(model.shape, before, rounded, batch);
        const report = await trainer.next();
        const after = parseCheckpoint(await trainer.checkpoint());
        expect(expected.clip, 'clipping bites').toBeLessThan(1);
        expectClose([report.loss, report.gradientNorm], [expected.loss, expected.norm], { abs: 2e-5 });
        for (const spec of model.shape.tensors) {
          const { weights, mean, square } = expected.states.get(spec.name)!;
          expectClose(valueOf(after, 'weight', spec), weights, STATE);
          expectClose(valueOf(after, 'mean', spec), mean, STATE);
          expectClose(valueOf(after, 'square', spec).map(Math.sqrt), square.map(Math.sqrt), STATE);
          if (!qat || !LINEAR_ROLES.has(spec.role)) continue;
          // The forward pass used the rounded latent weights, and the estimator blocks some gradients.
          const [own, latent] = [rounded.get(spec.name)!, valueOf(before, 'weight', spec)];
          const scales = scalesOf(spec, qat, own);
          const cut = (scale: number) => (scale === 0 ? Infinity : scale / 2);
          expect([...own]).toEqual(
            Array.from(latent, (w, i) => quantised(w, { scale: scales[i], cut: cut(scales[i]) })),
          );
          passes += latent.filter((w, i) => Math.abs(w) > scales[i]).length;
        }
      }
      expect(passes > 100).toBe(qat !== undefined);
    });
  });
});

describe('exported weights', () => {
  test.each<[string, QatOptions]>([
    ['optimal', QAT],
    ['absmean by rows', { ...QAT, rule: 'absmean', group: 'row' }],
    ['twn', { ...QAT, rule: 'twn', stochastic: true }],
    ['learned', LEARNED],
    ['t81', T81],
  ])('codec ternary stores it bit for bit: %s', async (_name, qat) => {
    await withTrainer(tinyOptions({ qat }), async (trainer) => {
      await steps(trainer, 2);
      const values = await trainer.values();
      const options = completeOptions(ternary.meta, { rule: 'optimal', group: String(qat.group) });
      for (const { name, role, matrix } of model.shape.tensors) {
        const own = values.get(name)!;
        const decoded = ternary.reference.decode(
          ternary.reference.encode(own, matrix, options),
          matrix,
          options,
        );
        const isStored = bits(new Map([[name, decoded]])).get(name) === bits(values).get(name);
        const isRounded = LINEAR_ROLES.has(role);
        if (isRounded) expect(isStored, name).toBe(true);
        else expect(new Set(own.map(Math.abs)).size, name).toBeGreaterThan(own.length / 2);
        if (isRounded)
          expect(
            own.some((w) => w !== 0),
            name,
          ).toBe(true);
      }
    });
  });

  test('before the first step they equal the model rounded after training', async () => {
    const values = await withTrainer(tinyOptions({ qat: QAT, scope: 'all' }), (trainer) => trainer.values());
    const options = completeOptions(ternary.meta, { rule: 'optimal', group: '32' });
    for (const spec of model.shape.tensors) {
      const float = await model.tensor(spec);
      if (spec.role === 'norm' || spec.role === 'bias') expect(values.get(spec.name)).toEqual(float);
      else {
        const parts = ternary.reference.encode(float, spec.matrix, options);
        const expected = ternary.reference.decode(parts, spec.matrix, options);
        const own = values.get(spec.name)!;
        // Scales from float32 sums may differ by one unit of float16, and then a code at the cut may differ, too.
        const same = own.filter((w, i) => w === expected[i]).length;
        expect(same / own.length, spec.name).toBeGreaterThan(0.95);
        const far = own.filter((w, i) => Math.abs(w - expected[i]) > 2 ** -10 * Math.abs(expected[i])).length;
        expect(far / own.length, spec.name).toBeLessThan(0.002);
      }
    }
  });
});

describe('runs are reproducible', () => {
  test.each<[string, QatOptions | undefined]>([
    ['float32', undefined],
    ['learned scales, stochastic', LEARNED],
    ['t81, stochastic', T81],
  ])('a resumed run ends with the bits of an uninterrupted one: %s', async (_name, qat) => {
    const options = tinyOptions({ qat, microBatch: 2 });
    const expected = await trained(options);
    const checkpoint = await withTrainer(options, async (trainer) => {
      await steps(trainer, 3);
      // Neither reading the weights nor saving twice changes the run.
      await trainer.values();
      const first = await trainer.checkpoint();
      expect(await trainer.checkpoint()).toEqual(first);
      return first;
    });
    const resumed = await Trainer.create(gpu, model, tinyText(), options, { resume: checkpoint });
    try {
      expect(resumed.step).toBe(3);
      await steps(resumed, 3);
      expect(bits(await resumed.values())).toEqual(expected);
    } finally {
      resumed.dispose();
    }
  });

  test('another seed of stochastic rounding, or of the data, gives other weights', async () => {
    const options = tinyOptions({ steps: 2, qat: { ...QAT, stochastic: true } });
    const ends = [await trained(options), await trained({ ...options, seed: 4 })];
    const other = await Trainer.create(gpu, model, tinyText(2), options);
    await steps(other, 2);
    ends.push(bits(await other.values()));
    other.dispose();
    expect(new Set(ends.map((end) => JSON.stringify([...end]))).size).toBe(3);
  });

  test('an aborted step has no effect', async () => {
    const options = tinyOptions({ qat: T81, microBatch: 1 });
    const expected = await trained(options);
    await withTrainer(options, async (trainer) => {
      await steps(trainer, 2);
      let stops = 0;
      for (const delay of [0, 5, 30]) {
        const controller = new AbortController();
        const step = trainer.next(controller.signal);
        setTimeout(() => controller.abort(), delay);
        // The abort may come too late; then the step is complete.
        await step.catch((error: unknown) => {
          expect(error).toBeInstanceOf(Cancelled);
          stops++;
        });
      }
      expect(stops).toBeGreaterThan(0);
      const stopped = new AbortController();
      stopped.abort();
      await expect(trainer.next(stopped.signal)).rejects.toBeInstanceOf(Cancelled);
      await steps(trainer, options.steps - trainer.step);
      expect(bits(await trainer.values())).toEqual(expected);
    });
  });

  test('a lost device is a typed error; another device resumes from the last checkpoint', async () => {
    const options = tinyOptions({ qat: LEARNED, steps: 4 });
    const expected = await trained(options);
    const own = await Gpu.open(openDawn(process.platform === 'linux' ? 'software' : 'auto'));
    const trainer = await Trainer.create(own, model, tinyText(), options);
    await steps(trainer, 2);
    const checkpoint = await trainer.checkpoint();
    const step = trainer.next();
    setTimeout(() => own.destroy(), 3);
    await expect(step.then(() => trainer.next())).rejects.toMatchObject({ code: 'device-lost' });
    await expect(trainer.checkpoint()).rejects.toMatchObject({ code: 'device-lost' });
    trainer.dispose();
    expect(own.buffers.liveCount).toBe(0);
    const resumed = await Trainer.create(gpu, model, tinyText(), options, { resume: checkpoint });
    await steps(resumed, 2);
    expect(bits(await resumed.values())).toEqual(expected);
    resumed.dispose();
  });
});

describe('what cannot be trained is an error, and nothing stays allocated', () => {
  const create = (options: Partial<TrainOptions>, source = model, data = tinyText()) =>
    Trainer.create(gpu, source, data, tinyOptions(options));

  test('a loss that is not finite names its step and leaves the weights unchanged', async () => {
    const huge = tinyModel(3e38);
    const finite = {
      ...huge,
      tensor: async (spec: Parameters<typeof huge.tensor>[0]) =>
        (await huge.tensor(spec)).map((w) => Math.max(-3e38, Math.min(3e38, w))),
    };
    const trainer = await create({ clipNorm: 1 }, finite);
    const before = bits(await trainer.values());
    await expect(trainer.next()).rejects.toMatchObject({
      code: 'not-finite',
      message: expect.stringMatching(/^The (loss|gradient) of training step 1 is not a finite number/),
      remedy: expect.stringContaining('learning rate'),
    });
    expect(bits(await trainer.values())).toEqual(before);
    expect(trainer.step).toBe(0);
    trainer.dispose();
  });

  test.each<[string, () => Promise<unknown>, object]>([
    ['a window over the context', () => create({ length: 17 }), { code: 'bad-input' }],
    ['options out of range', () => create({ learningRate: -1 }), { code: 'bad-plan' }],
    [
      'weights that are not finite',
      () => create({}, { ...model, tensor: async (spec) => (await model.tensor(spec)).fill(NaN) }),
      { code: 'not-finite' },
    ],
    [
      'a tensor over one binding',
      async () => Trainer.create(await testGpu({ bindingCap: 4096 }), model, tinyText(), tinyOptions()),
      { code: 'limit', message: expect.stringContaining('transformer.wte.weight') },
    ],
  ])('%s', async (_name, start, error) => {
    await expect(start()).rejects.toMatchObject(error);
    expect(gpu.buffers.liveCount).toBe(0);
  });

  test('data with another vocabulary, or too few tokens', async () => {
    const ids = (id: number, rows: number) => ({
      ...tinyText(),
      batch: () => Promise.resolve({ input: new Uint32Array(rows).fill(id), targets: new Uint32Array(rows) }),
    });
    for (const data of [ids(37, 48), ids(0, 44), ids(0, 47)]) {
      const trainer = await create({}, model, data);
      await expect(trainer.next()).rejects.toMatchObject({ code: 'bad-input' });
      trainer.dispose();
    }
  });
});
