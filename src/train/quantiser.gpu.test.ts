import { afterAll, describe, expect, test } from 'vitest';
import { KeyedRandom } from '../base/random';
import { floatToHalfBits, roundToHalf } from '../base/float16';
import { expectClose } from '../testing/close';
import { testGpu } from '../testing/gpu';
import type { QatOptions } from './options';
import { QuantiserStep, TensorQuantiser, type QuantiserInput } from './quantiser';
import { quantiserGroups } from './quantiserGroups';
import {
  absoluteScale,
  drawOf,
  ESTIMATORS,
  groupIndices,
  learnedScale,
  matrixScales,
  movingAverage,
  quantised,
  quantisedAtRandom,
  scaleGradient,
  type ReferenceScale,
} from './reference/quantiser';

const gpu = await testGpu();
const portable = await testGpu({ portable: true });
afterAll(() => [gpu, portable].forEach((g) => expect(g.buffers.liveCount).toBe(0)));

type Matrix = readonly [number, number];
type Statistic = QatOptions & { rule: Exclude<QatOptions['rule'], 't81'> };

const BASE: Statistic = {
  rule: 'optimal',
  group: 32,
  estimator: 'clipped',
  scale: 'statistic',
  stochastic: false,
};
const T81: QatOptions = { ...BASE, rule: 't81', estimator: 'box', threshold: { target: 0.44, warmup: 10 } };

/**
 * Normal weights of the size of trained ones; every eleventh range of the size of a group is zero, one weight is an outlier.
 */
function weightsOf([rows, columns]: Matrix, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 3);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const w = 0.02 * random.nextNormal();
    if (i === 5) return 1.5;
    return Math.floor(i / 32) % 11 === 7 ? 0 : w;
  });
}

interface Bench {
  quantiser: TensorQuantiser;
  step: QuantiserStep;
  weights: GPUBuffer;
  run(
    record: (context: { gpu: typeof gpu; recorder: ReturnType<typeof gpu.recorder> }) => unknown,
  ): Promise<void>;
  read(buffer: GPUBuffer, count: number): Promise<Float32Array>;
  upload(values: Float32Array): GPUBuffer;
}

/** Calls `body` with a quantiser of given weights, then frees it. */
async function withQuantiser(
  device: typeof gpu,
  values: Float32Array,
  input: Pick<QuantiserInput, 'matrix' | 'options'> & Partial<QuantiserInput>,
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  const scope = device.buffers.scope();
  try {
    const step = new QuantiserStep(device, scope);
    const weights = scope.upload(values, 'weights');
    const quantiser = new TensorQuantiser(scope, { label: 'w', weights, step, seed: 1, stream: 0, ...input });
    await body({
      quantiser,
      step,
      weights,
      upload: (data) => scope.upload(data, 'data'),
      read: async (buffer, count) => new Float32Array(await device.stream.read(buffer, 4 * count)),
      async run(record) {
        const recorder = device.recorder();
        await record({ gpu: device, recorder });
        await device.stream.run(recorder.commands);
        recorder.dispose();
      },
    });
  } finally {
    scope.dispose();
  }
}

/** The stored scale of each group, taken from its output: 0 if all weights are coded zero. */
function seenScales(output: Float32Array, matrix: Matrix, options: QatOptions): number[] {
  const groups = quantiserGroups(matrix, options);
  return Array.from({ length: groups.count }, (_, g) =>
    Math.max(...groupIndices(groups, g).map((i) => Math.abs(output[i]))),
  );
}

/** Distance of two float16 in units in the last place. */
const halfSteps = (a: number, b: number) => Math.abs(floatToHalfBits(a) - floatToHalfBits(b));

describe.each<[string, Matrix, Partial<Statistic>]>([
  ['absmean', [7, 45], { rule: 'absmean', group: 32 }],
  ['absmean by rows', [3, 301], { rule: 'absmean', group: 'row' }],
  ['twn', [7, 45], { rule: 'twn', group: 32 }],
  ['twn, whole groups', [5, 256], { rule: 'twn', group: 128 }],
  ['optimal', [7, 45], { rule: 'optimal', group: 32 }],
  ['optimal by rows', [3, 301], { rule: 'optimal', group: 'row' }],
  ['one weight', [1, 1], { rule: 'optimal', group: 64 }],
])('%s', (_name, matrix, options) => {
  const all: Statistic = { ...BASE, ...options };
  test.each([
    ['all features', gpu],
    ['portable', portable],
  ])(
    'scales equal the reference’s up to one unit of float16, and codes follow from them (%s)',
    async (_, device) => {
      const values = weightsOf(matrix, 4);
      await withQuantiser(device, values, { matrix, options: all }, async ({ quantiser, run, read }) => {
        await run((context) => quantiser.recordForward(context));
        const output = await read(quantiser.output, values.length);
        const expected = matrixScales(values, matrix, all);
        const scales = seenScales(output, matrix, all);
        const groups = quantiserGroups(matrix, all);
        // Float32 sums may round a scale near the middle of two float16 to the other one: rarely, and by one unit.
        const moved = scales.filter((scale, g) => scale !== expected[g].scale).length;
        expect(moved).toBeLessThanOrEqual(Math.ceil(groups.count / 20));
        scales.forEach((scale, g) => {
          expect(halfSteps(scale, expected[g].scale)).toBeLessThanOrEqual(1);
          expect(roundToHalf(scale)).toBe(scale);
          const used: ReferenceScale =
            all.rule === 'twn'
              ? { ...expected[g], scale }
              : { scale, cut: scale === 0 ? Infinity : scale / 2 };
          for (const i of groupIndices(groups, g))
            expect(Object.is(output[i], quantised(values[i], used) + 0)).toBe(true);
        });
        expect(scales.some((scale) => scale > 0)).toBe(true);
      });
    },
  );
});

test('no other scale has a smaller squared error than the optimum', async () => {
  const matrix: Matrix = [4, 96];
  const values = weightsOf(matrix, 9);
  const error = (output: ArrayLike<number>) => values.reduce((sum, w, i) => sum + (w - output[i]) ** 2, 0);
  const outputs = new Map<string, number>();
  for (const rule of ['optimal', 'twn', 'absmean'] as const)
    await withQuantiser(
      gpu,
      values,
      { matrix, options: { ...BASE, rule } },
      async ({ quantiser, run, read }) => {
        await run((context) => quantiser.recordForward(context));
        outputs.set(rule, error(await read(quantiser.output, values.length)));
      },
    );
  expect(outputs.get('optimal')).toBeLessThan(outputs.get('twn')!);
  expect(outputs.get('optimal')).toBeLessThan(outputs.get('absmean')!);
});

test('the optimum is found for weights of any distribution', async () => {
  const matrix: Matrix = [60, 96];
  const random = new KeyedRandom(3, 4);
  const shapes = [
    () => random.nextNormal(),
    // With long tails the optimum keeps few weights, and sets of several sizes are nearly as good.
    () => Math.exp(2 * random.nextNormal()) * (random.nextUniform() < 0.5 ? -1 : 1),
    // All weights are ties.
    () => [0, 0.5, -1, 2][random.nextUint32() % 4],
    () => 2 ** (random.nextUint32() % 12) / 64,
    () => random.nextUniform() ** 8,
  ];
  const values = Float32Array.from({ length: matrix[0] * matrix[1] }, (_, i) =>
    shapes[Math.floor(i / 96) % 5](),
  );
  await withQuantiser(gpu, values, { matrix, options: BASE }, async ({ quantiser, run, read }) => {
    await run((context) => quantiser.recordForward(context));
    const output = await read(quantiser.output, values.length);
    const groups = quantiserGroups(matrix, BASE);
    matrixScales(values, matrix, BASE).forEach((best, g) => {
      const indices = groupIndices(groups, g);
      const error = (rounded: (i: number) => number) =>
        indices.reduce((sum, i) => sum + (values[i] - rounded(i)) ** 2, 0);
      // Another scale is as good: rounding one to float16 changes the error by less than 2⁻²⁰ of the energy.
      const slack = error(() => 0) * 2 ** -20;
      expect(error((i) => output[i])).toBeLessThanOrEqual(error((i) => quantised(values[i], best)) + slack);
    });
  });
});

test('a scale above the range of float16 saturates, one below it codes zeros', async () => {
  const values = Float32Array.from({ length: 64 }, (_, i) => (i < 32 ? 1e6 : 1e-9) * (i % 2 ? 1 : -1));
  await withQuantiser(
    gpu,
    values,
    { matrix: [1, 64], options: BASE },
    async ({ quantiser, run, read, upload }) => {
      const gradient = upload(new Float32Array(64).fill(3));
      await run(async (context) => {
        await quantiser.recordForward(context);
        await quantiser.recordBackward(context, gradient);
      });
      const output = await read(quantiser.output, 64);
      expect([...output.subarray(0, 2), ...output.subarray(32, 34)]).toEqual([-65504, 65504, 0, 0]);
      // No gradient passes beyond the scale; with a scale of zero all do, or those weights would never change again.
      expect([...(await read(gradient, 64))]).toEqual([
        ...new Array<number>(32).fill(0),
        ...new Array<number>(32).fill(3),
      ]);
    },
  );
});

describe('t81', () => {
  const matrix: Matrix = [33, 129];

  test('the scale is a moving average that only finished steps update; the threshold is relative to it', async () => {
    const values = weightsOf(matrix, 5).map((w) => w / 10);
    await withQuantiser(
      gpu,
      values,
      { matrix, options: T81 },
      async ({ quantiser, step, weights, run, read }) => {
        let average = 0;
        for (const [index, threshold] of [0.9, 0.7, 0.44].entries()) {
          const now = values.map((w) => w * (1 + index));
          gpu.buffers.write(weights, now);
          step.write(index, threshold);
          // Run twice: an unfinished step has no effect.
          await run((context) => quantiser.recordForward(context));
          await run((context) => quantiser.recordForward(context));
          average = movingAverage(now, average);
          const scale = absoluteScale(average, threshold);
          const output = await read(quantiser.output, now.length);
          const [scaleSeen] = seenScales(output, matrix, T81);
          expect(halfSteps(scaleSeen, scale.scale)).toBeLessThanOrEqual(1);
          const used = { ...absoluteScale(scaleSeen, threshold), scale: scaleSeen };
          output.forEach((w, i) => expect(w).toBe(quantised(now[i], used) + 0));
          await run(({ recorder }) => quantiser.recordFinish(recorder));
          // 0.99 · a + 0.01 · b in float32.
          expectClose([(await read(quantiser.average!, 1))[0]], [average], { abs: 0, rel: 3e-7 });
        }
      },
    );
  });

  test('stochastic rounding gives ±1 above the threshold with the stated probability', async () => {
    const values = new Float32Array(33 * 129).fill(0.86);
    values[0] = 1;
    const options = { ...T81, stochastic: true };
    await withQuantiser(gpu, values, { matrix, options }, async ({ quantiser, step, run, read }) => {
      step.write(3, 0.44);
      await run((context) => quantiser.recordForward(context));
      const output = await read(quantiser.output, values.length);
      const { cut } = absoluteScale(1, 0.44);
      const expected = Array.from(values, (w, i) => quantisedAtRandom(w, 1, cut, drawOf(1, 0, 3, i)));
      expect([...output]).toEqual(expected);
      // (0.86 − 0.44) ÷ 0.56 = ¾; four standard deviations of the mean of 4,257 draws are 0.027.
      expect(Math.abs(output.filter((w) => w === 1).length / values.length - 0.75)).toBeLessThan(0.027);
    });
  });
});

describe('stochastic rounding', () => {
  test('the draws are those of the keyed generator and differ between steps and streams', async () => {
    const matrix: Matrix = [5, 67];
    const values = weightsOf(matrix, 6);
    const options = { ...BASE, stochastic: true };
    const seed = 2 ** 40 + 12345;
    const seen = new Set<string>();
    for (const [stream, index] of [
      [0, 0],
      [0, 1],
      [1, 1],
    ])
      // prettier-ignore
      await withQuantiser(gpu, values, { matrix, options, seed, stream }, async ({ quantiser, step, run, read }) => {
        step.write(index);
        await run((context) => quantiser.recordForward(context, false));
        const scales = seenScales(await read(quantiser.output, values.length), matrix, options);
        await run((context) => quantiser.recordForward(context));
        const output = await read(quantiser.output, values.length);
        const groups = quantiserGroups(matrix, options);
        scales.forEach((scale, g) =>
          groupIndices(groups, g).forEach((i) =>
            expect(output[i]).toBe(quantisedAtRandom(values[i], scale, 0, drawOf(seed, stream, index, i)) + 0),
          ),
        );
        seen.add(output.join());
      });
    expect(seen.size).toBe(3);
    // Step 0 draws the generator's sequence itself.
    const random = new KeyedRandom(seed, 1);
    expect(Array.from({ length: 9 }, (_, i) => drawOf(seed, 1, 0, i))).toEqual(
      Array.from({ length: 9 }, () => random.nextUniform()),
    );
  });
});

describe('gradients', () => {
  const matrix: Matrix = [6, 75];
  const values = weightsOf(matrix, 8);
  const random = new KeyedRandom(2, 2);
  const gradients = Float32Array.from(values, () => random.nextNormal());

  test.each(['identity', 'clipped', 'box'] as const)('straight-through estimator: %s', async (estimator) => {
    const options = { ...BASE, estimator };
    await withQuantiser(gpu, values, { matrix, options }, async ({ quantiser, run, read, upload }) => {
      const gradient = upload(gradients);
      await run(async (context) => {
        await quantiser.recordForward(context);
        await quantiser.recordBackward(context, gradient);
      });
      const scales = seenScales(await read(quantiser.output, values.length), matrix, options);
      const groups = quantiserGroups(matrix, options);
      const passed = await read(gradient, values.length);
      scales.forEach((scale, g) =>
        groupIndices(groups, g).forEach((i) =>
          expect(passed[i]).toBe(ESTIMATORS[estimator](gradients[i], values[i], scale)),
        ),
      );
      const zeros = passed.filter((x) => x === 0).length;
      expect(zeros > 0).toBe(estimator !== 'identity');
    });
  });

  test('learned scales start as the rule’s, are used as given, and get the gradient of LSQ', async () => {
    const options: Statistic = { ...BASE, scale: 'learned' };
    await withQuantiser(gpu, values, { matrix, options }, async ({ quantiser, run, read, upload }) => {
      const { values: learned, gradient: out, count } = quantiser.learned!;
      await run((context) => quantiser.recordInitial(context));
      const initial = await read(learned, count);
      matrixScales(values, matrix, options).forEach(({ scale }, g) =>
        expect(halfSteps(initial[g], scale)).toBeLessThanOrEqual(1),
      );
      // Scales other than the statistic's; a negative one is replaced by the smallest positive float16.
      const parameters = initial.map((s, g) => (g === 4 ? -1 : 1.3 * s + 1e-4));
      gpu.buffers.write(learned, parameters);
      const gradient = upload(gradients);
      await run(async (context) => {
        await quantiser.recordForward(context);
        await quantiser.recordBackward(context, gradient);
      });
      const output = await read(quantiser.output, values.length);
      const groups = quantiserGroups(matrix, options);
      const expected = Array.from(parameters, (parameter, g) => {
        const used = learnedScale(parameter);
        const indices = groupIndices(groups, g);
        for (const i of indices) expect(output[i]).toBe(quantised(values[i], used) + 0);
        const pick = (from: Float32Array) => indices.map((i) => from[i]);
        return scaleGradient(pick(gradients), pick(values), pick(output), used.scale);
      });
      // Sums of 32 products of order 1 with quotients of 2.5 ULP each.
      expectClose(await read(out, count), expected, { abs: 5e-6, rel: 5e-6 });
    });
  });
});
