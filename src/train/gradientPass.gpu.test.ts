import { afterAll, describe, expect, test } from 'vitest';
import { Cancelled } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import type { ModelShape, Step, StepOf } from '../models/architecture';
import { columns, value } from '../models/architectures/shared/shape';
import { uploadMatrix } from '../runtime/linear/matrix';
import { referenceLogits } from '../runtime/reference/logits';
import { denseWeights, weightsFrom, type ModelWeights } from '../runtime/forward/weights';
import { readCheckpoint, readJson } from '../testing/checkpoint';
import { expectClose } from '../testing/close';
import { fixtureInput } from '../testing/fixtureInput';
import { testGpu } from '../testing/gpu';
import { fixture } from '../testing/fixtures';
import { GradientPass, IGNORE, type GradientPassOptions } from './gradientPass';
import { referenceGradients } from './reference/model';
import { TINY_MODELS, tinyBatch, tinyModel } from './testing/tinyModels';

const gpu = await testGpu();
/** A device on which logits are computed in chunks of rows, and attention in blocks. */
const capped = await testGpu({ bindingCap: 2048, portable: true });
afterAll(() => [gpu, capped].forEach((g) => expect(g.buffers.liveCount).toBe(0)));

/** Tolerance of float32 through two blocks and back; gradients are sums of up to 20 rows of size 1. */
const THROUGH = { abs: 2e-5, rel: 1e-4 };
const LOSS = { abs: 1e-5 };

type Values = ReadonlyMap<string, Float32Array>;

function upload(on: Gpu, shape: ModelShape, values: Values): ModelWeights {
  const matrices = shape.tensors.map(({ name, matrix: [rows, columns] }) => {
    return [name, uploadMatrix(on, values.get(name)!, rows, columns, name)] as const;
  });
  return weightsFrom(on, shape, new Map(matrices));
}

async function read(on: Gpu, pass: GradientPass): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const [name, buffer] of pass.gradients)
    found.set(name, new Float32Array(await on.stream.read(buffer, buffer.size)));
  return found;
}

/** Calls `body` with a pass over a tiny model, then frees everything. */
async function withPass(
  on: Gpu,
  model: { shape: ModelShape; values: Values },
  options: GradientPassOptions,
  body: (pass: GradientPass, weights: ModelWeights) => Promise<void>,
): Promise<void> {
  const weights = upload(on, model.shape, model.values);
  try {
    const pass = await GradientPass.create(on, model.shape, weights, options);
    try {
      await body(pass, weights);
    } finally {
      pass.dispose();
    }
  } finally {
    weights.dispose();
  }
}

/**
 * Compares the gradients of every tensor. Some are zero for any data (a bias of all keys does not change a softmax); in
 * float32 they are the rounding of terms that cancel.
 */
function expectGradients(
  actual: ReadonlyMap<string, Float32Array>,
  expected: ReadonlyMap<string, ArrayLike<number>>,
): void {
  let zeros = 0;
  for (const [name, values] of actual) {
    const wanted = Array.from(expected.get(name)!);
    const isZero = wanted.every((v) => Math.abs(v) < 1e-14);
    if (!isZero) {
      expectClose(values, wanted, THROUGH);
      continue;
    }
    zeros++;
    expect(Math.max(...values.map(Math.abs)), name).toBeLessThan(THROUGH.abs);
  }
  expect(zeros, 'tensors without a gradient').toBeLessThanOrEqual(2);
}

const tensorOf = (values: Values) => (name: string) => Promise.resolve(values.get(name)!);
const SIZE = { sequences: 2, length: 5 };

describe('gradients equal the float64 reference', () => {
  test.each(TINY_MODELS)('%s', async (name) => {
    for (const on of [gpu, capped]) {
      const model = tinyModel(name);
      const batch = tinyBatch(model.shape, 2, 5);
      const expected = await referenceGradients(model.shape, tensorOf(model.values), batch);
      await withPass(on, model, SIZE, async (pass) => {
        await pass.run(batch);
        const { loss, nll, ...counts } = await pass.outcome();
        expectClose([loss, nll], [expected.loss, expected.nll], LOSS);
        expect(counts).toEqual({ correct: expected.correct, count: expected.count });
        expectGradients(await read(on, pass), expected.gradients);
      });
    }
  });

  test.each(['gpt2', 'vit'] as const)('%s, distilled from another model', async (name) => {
    const model = tinyModel(name);
    const other = tinyModel(name, 2).values;
    const batch = tinyBatch(model.shape, 2, 5);
    const softening = { weight: 0.4, temperature: 2 };
    const logits = await referenceLogits(model.shape, tensorOf(other), { values: batch.input, ...SIZE });
    const expected = await referenceGradients(model.shape, tensorOf(model.values), {
      ...{ ...batch, distillation: { ...softening, teacher: logits } },
    });
    const teacher = upload(gpu, model.shape, other);
    await withPass(gpu, model, { ...SIZE, distillation: { ...softening, teacher } }, async (pass) => {
      await pass.run(batch);
      const { loss, nll } = await pass.outcome();
      expectClose([loss, nll], [expected.loss, expected.nll], LOSS);
      expectGradients(await read(gpu, pass), expected.gradients);
    }).finally(() => teacher.dispose());
  });
});

interface Golden {
  models: Record<string, { loss: number; tensors: Record<string, [number, number, number]> }>;
}

/** Tolerance of float32 against float64 through two blocks of width 64, relative to the tensor's norm. */
const OF_NORM = 2e-5;

describe('gradients equal PyTorch autograd', () => {
  const golden = readJson(new URL('./testing/torchGradients.json', import.meta.url).pathname) as Golden;

  test.each(Object.keys(golden.models))('%s', async (name) => {
    const folder = fixture(`arch/${name}`);
    const checkpoint = readCheckpoint(folder);
    const { shape } = checkpoint;
    const { input } = fixtureInput(folder);
    const classes = shape.program.head.outputs;
    const rows = shape.image ? input.sequences : input.sequences * input.length;
    const targets = Uint32Array.from({ length: rows }, (_, i) =>
      i % 5 === 3 ? IGNORE : (7 * i + 3) % classes,
    );
    const weights = await denseWeights(gpu, checkpoint);
    const pass = await GradientPass.create(gpu, shape, weights, input);
    await pass.run({ input: input.values, targets });
    const { loss } = await pass.outcome();
    const gradients = await read(gpu, pass);
    pass.dispose();
    weights.dispose();
    expectClose([loss], [golden.models[name].loss], LOSS);
    const missing = new Set(Object.keys(golden.models[name].tensors));
    for (const spec of shape.tensors) {
      missing.delete(spec.name);
      const [norm, cosines, sines] = golden.models[name].tensors[spec.name];
      // A bias of all keys does not change a softmax: its gradient is zero, and 1e-2 stands in for its norm.
      const abs = OF_NORM * Math.max(norm, 1e-2);
      const actual = probes(stored(gradients.get(spec.name)!, spec));
      [norm, cosines, sines].forEach((wanted, i) =>
        expect(Math.abs(actual[i] - wanted), `${spec.name} ${i}`).toBeLessThan(abs),
      );
    }
    expect([...missing]).toEqual([]);
  });
});

/** Canonical [out, in] values in the order of the checkpoint. */
function stored(values: Float32Array, spec: ModelShape['tensors'][number]): Float32Array {
  const [out, inner] = spec.matrix;
  if (!spec.transposed) return values;
  return Float32Array.from(values, (_, i) => values[(i % out) * inner + Math.floor(i / out)]);
}

function probes(values: Float32Array): number[] {
  const sum = (f: (v: number, n: number) => number) => values.reduce((s, v, n) => s + f(v, n), 0);
  return [
    Math.sqrt(sum((v) => v * v)),
    sum((v, n) => v * Math.cos(n)),
    sum((v, n) => v * Math.sin(0.37 * n + 1)),
  ];
}

test('runs add their scaled gradients until cleared; equal runs give equal bits', async () => {
  const model = tinyModel('llama, tied');
  const batch = tinyBatch(model.shape, 2, 5);
  await withPass(gpu, model, SIZE, async (pass) => {
    await pass.run(batch);
    const once = await read(gpu, pass);
    await pass.run(batch, { scale: -0.5 });
    const half = await read(gpu, pass);
    for (const [name, values] of once)
      expectClose(
        half.get(name)!,
        values.map((v) => v / 2),
        { abs: 1e-6, rel: 1e-5 },
      );
    const recorder = gpu.recorder();
    pass.recordClear(recorder);
    await gpu.stream.run(recorder.commands);
    recorder.dispose();
    for (const values of (await read(gpu, pass)).values()) expect(values.every((v) => v === 0)).toBe(true);
    await pass.run(batch);
    expect(await read(gpu, pass)).toEqual(once);
  });
});

test('weights changed between runs are used', async () => {
  const model = tinyModel('gpt2');
  const other = tinyModel('gpt2', 2).values;
  const batch = tinyBatch(model.shape, 2, 5);
  const expected = await referenceGradients(model.shape, tensorOf(other), batch);
  await withPass(gpu, model, SIZE, async (pass, weights) => {
    for (const [name, values] of other) gpu.buffers.write(weights.table(name).parts[0].buffer, values);
    await pass.run(batch);
    expectClose([(await pass.outcome()).loss], [expected.loss], LOSS);
    expectGradients(await read(gpu, pass), expected.gradients);
  });
});

describe('errors', () => {
  const model = tinyModel('gpt2');
  const batch = tinyBatch(model.shape, 2, 5);

  test('batches of another size, unknown tokens, targets beyond the vocabulary, no targets', async () => {
    await withPass(gpu, model, SIZE, async (pass) => {
      await expect(pass.outcome()).rejects.toMatchObject({ code: 'bad-input' });
      const wrong = [
        { ...batch, input: batch.input.slice(1) },
        { ...batch, targets: batch.targets.slice(1) },
        { ...batch, input: Uint32Array.from(batch.input).fill(11) },
        { ...batch, targets: batch.targets.slice().fill(11) },
        { ...batch, targets: batch.targets.slice().fill(IGNORE) },
      ];
      for (const one of wrong) await expect(pass.run(one)).rejects.toMatchObject({ code: 'bad-input' });
    });
  });

  test.each([
    [{ sequences: 2, length: 10 }, 'bad-input'],
    [{ sequences: 40, length: 9 }, 'limit'],
  ])('a window or batch that does not fit: %o', async (size, code) => {
    const create = withPass(capped, model, size, () => Promise.resolve());
    await expect(create).rejects.toMatchObject({ code });
  });

  test('distillation weights and temperatures out of range', async () => {
    const weights = upload(gpu, model.shape, model.values);
    for (const [weight, temperature] of [
      [0, 1],
      [1.1, 1],
      [0.5, 0],
      [NaN, 1],
      [0.5, Infinity],
    ]) {
      const distillation = { weight, temperature, teacher: weights };
      const create = GradientPass.create(gpu, model.shape, weights, { ...SIZE, distillation });
      await expect(create).rejects.toMatchObject({ code: 'bad-input' });
    }
    weights.dispose();
  });

  test('a program that writes an activation in parts', async () => {
    const { program } = model.shape;
    const [first, ...rest] = program.blocks[0].slice(1);
    const linear = first as StepOf<'linear'>;
    const blocks = [[program.blocks[0][0], { ...linear, out: columns('qkv', 0, 16) }, ...rest]];
    const shape = { ...model.shape, program: { ...program, blocks } };
    const create = withPass(gpu, { ...model, shape }, SIZE, () => Promise.resolve());
    await expect(create).rejects.toMatchObject({ code: 'unsupported', message: /linear.*part.*qkv/ });
  });

  test('an aborted recording leaves nothing allocated, and neither does an aborted run', async () => {
    const stopped = AbortSignal.abort();
    const before = gpu.buffers.liveCount;
    const create = withPass(gpu, model, { ...SIZE, signal: stopped }, () => Promise.resolve());
    await expect(create).rejects.toBeInstanceOf(Cancelled);
    expect(gpu.buffers.liveCount).toBe(before);
    await withPass(gpu, model, SIZE, async (pass) => {
      await expect(pass.run(batch, { signal: stopped })).rejects.toBeInstanceOf(Cancelled);
    });
  });

  test('an operation without a backward pass is named', async () => {
    const { program } = model.shape;
    const step = { op: 'convolve', out: value('residual', 8) } as unknown as Step;
    const shape = { ...model.shape, program: { ...program, prologue: [step] } };
    const create = withPass(gpu, { ...model, shape }, SIZE, () => Promise.resolve());
    await expect(create).rejects.toMatchObject({ code: 'unsupported', message: /gpt2.*convolve/ });
  });
});
