import { afterAll, expect, test } from 'vitest';
import { LabError } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import { expectClose } from '../../../testing/close';
import { testGpu } from '../../../testing/gpu';
import { spiked } from '../../../testing/spiked';
import { randomTernary } from '../../../testing/ternary';
import { lowBitVariants } from '../lowBitVariants';
import { releaseMatrix, uploadMatrix } from '../matrix';
import { combined, ternaryDot, ternaryInput } from '../../reference/ternary';
import { TERNARY_ACTIVATIONS, type TernaryActivations } from './ternaryActivations';
import { ternaryLinear, type TernaryProduct } from './ternaryLinear';
import type { TernaryMatrix } from './ternaryMatrix';

const gpu = await testGpu();
const portable = await testGpu({ portable: true });
const capped = await testGpu({ bindingCap: 4096 });
afterAll(() => {
  for (const each of [gpu, portable, capped]) expect(each.buffers.liveCount).toBe(0);
});

interface Sizes {
  rows: number;
  columns: number;
  outputs: number;
  group?: number;
  biased?: boolean;
  margin?: number;
  range?: { firstRow: number; rows: number };
}

const ROW = 1e9;

/** y before the product. NaN would show that it is read. */
const before = (count: number, beta = 0) => spiked(count, 3).map((v) => (beta === 0 ? NaN : v));

/** The result y [rows, outputs] of the GPU without its margins. */
async function multiply(
  on: Gpu,
  sizes: Sizes,
  matrix: TernaryMatrix,
  xs: Float32Array,
  product: TernaryProduct,
) {
  const { rows, columns, margin = 0, range } = sizes;
  const outputs = range?.rows ?? sizes.outputs;
  const stride = outputs + 2 * margin;
  const weight = await ternaryLinear(on, matrix);
  const bias = uploadMatrix(on, spiked(sizes.outputs, 2), 1, sizes.outputs, 'b');
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  try {
    const y = scope.upload(before(rows * stride, product.beta), 'y');
    const x = { buffer: scope.upload(xs, 'x'), stride: columns + 2 * margin, column: margin, width: columns };
    const into = { buffer: y, stride, column: margin, width: outputs };
    const call = { gpu: on, recorder, x, y: into, rows, range, ...(sizes.biased && { bias }) };
    await weight.record(call, product);
    await on.stream.run(recorder.commands);
    const whole = new Float32Array(await on.stream.read(y));
    return whole.filter((_, i) => i % stride >= margin && i % stride < margin + outputs);
  } finally {
    recorder.dispose();
    scope.dispose();
    releaseMatrix(on.buffers, bias);
    weight.dispose();
  }
}

/** The expected y, and the largest sum of magnitudes behind any element. */
function expectedOf(sizes: Sizes, matrix: TernaryMatrix, xs: Float32Array, product: TernaryProduct) {
  const { rows, columns, margin = 0, range, biased } = sizes;
  const { activations = 'float32', block = 128, alpha = 1, beta } = product;
  const from = range?.firstRow ?? 0;
  const outputs = range?.rows ?? sizes.outputs;
  const stride = outputs + 2 * margin;
  const old = before(rows * stride, beta);
  const bias = spiked(sizes.outputs, 2);
  const expected = new Float64Array(rows * outputs);
  let size = 0;
  for (let r = 0; r < rows; r++) {
    const start = r * (columns + 2 * margin) + margin;
    const x = ternaryInput(xs.subarray(start, start + columns), { activations, block });
    const absolute = { ...matrix, codes: matrix.codes.map(positive) };
    for (let o = 0; o < outputs; o++) {
      const factors = { alpha, beta, before: old[r * stride + margin + o] };
      const added = biased ? bias[from + o] : 0;
      expected[r * outputs + o] = combined(ternaryDot(x, matrix, from + o), factors) + added;
      const sum = Math.abs(alpha) * ternaryDot(x.map(Math.abs), absolute, from + o);
      size = Math.max(size, sum + Math.abs(added) + (beta ? Math.abs(beta * factors.before) : 0));
    }
  }
  return { expected, size };
}

/** The four codes of a byte with every −1 replaced by +1. */
function positive(byte: number): number {
  let out = 0;
  for (let f = 0; f < 8; f += 2) out |= (((byte >> f) & 3) === 1 ? 1 : 2) << f;
  return out;
}

/**
 * The tolerance. Sums of floats take about K/2 roundings of partial sums as large as Σ|x·w|, each at most 2⁻²⁴ of them;
 * integer sums are exact within a segment of at least 16 columns. float16 products with −1, 0 and 1 are exact and summed in
 * float32.
 */
function roundingBudget(columns: number, activations: TernaryActivations): number {
  return (8 + columns / (activations === 'int8' ? 16 : 2)) * 2 ** -24;
}

async function check(on: Gpu, sizes: Sizes, product: TernaryProduct = {}): Promise<void> {
  const { rows, columns, outputs, margin = 0, group = ROW } = sizes;
  const matrix = randomTernary(outputs, columns, group);
  const xs = spiked(rows * (columns + 2 * margin), 1);
  const actual = await multiply(on, sizes, matrix, xs, product);
  const { expected, size } = expectedOf(sizes, matrix, xs, product);
  expectClose(actual, expected, { abs: size * roundingBudget(columns, product.activations ?? 'float32') });
}

/** Sizes on both sides of a unit of 16, of the tile's 8 rows × 4 outputs, and of group and block. */
const GRID: readonly Sizes[] = [
  { rows: 1, columns: 1, outputs: 1 },
  { rows: 2, columns: 15, outputs: 3 },
  { rows: 1, columns: 16, outputs: 4, group: 16 },
  { rows: 8, columns: 17, outputs: 5, group: 16, margin: 1 },
  { rows: 9, columns: 48, outputs: 31, group: 16 },
  { rows: 1, columns: 49, outputs: 257, group: 32, margin: 3 },
  { rows: 35, columns: 255, outputs: 33, group: 64, margin: 2 },
  { rows: 3, columns: 256, outputs: 34, group: 128, margin: 4 },
  { rows: 1, columns: 320, outputs: 300 },
];

for (const activations of TERNARY_ACTIVATIONS)
  for (const variant of lowBitVariants(activations === 'float32'))
    test.each(GRID)(`${activations} ${variant}: $rows×$columns×$outputs, group $group`, (sizes) =>
      check(gpu, { ...sizes, biased: true }, { activations, variant }),
    );

test.each([16, 48, 96, 'row'] as const)('int8 in blocks of %s beside groups of 64', async (block) => {
  for (const variant of lowBitVariants(false))
    await check(
      gpu,
      { rows: 5, columns: 255, outputs: 18, group: 64, biased: true },
      { activations: 'int8', block, variant },
    );
});

test.each([
  { alpha: -2.5, beta: 0 },
  { alpha: 0.5, beta: 3 },
  { alpha: 0, beta: -1 },
  { alpha: 1, beta: 1 },
])('y ← $alpha·x·Wᵀ + b + $beta·y', async (factors) => {
  const sizes = { rows: 3, columns: 49, outputs: 9, biased: true, margin: 1 };
  for (const variant of lowBitVariants(true)) await check(gpu, sizes, { ...factors, variant });
  for (const activations of TERNARY_ACTIVATIONS)
    await check(gpu, sizes, { ...factors, activations, variant: 'row' });
});

test('α = 0 leaves out a product that is NaN', async () => {
  const sizes = { rows: 1, columns: 20, outputs: 6 };
  const xs = new Float32Array(20).fill(NaN);
  const y = await multiply(gpu, sizes, randomTernary(6, 20, ROW), xs, { alpha: 0 });
  expect([...y]).toEqual([0, 0, 0, 0, 0, 0]);
});

test.each(TERNARY_ACTIVATIONS)(
  '%s: a matrix split by rows, a range of it, and rows staged in runs',
  async (activations) => {
    for (const variant of lowBitVariants(activations === 'float32')) {
      const sizes = { rows: 11, columns: 301, outputs: 101, group: 48, biased: true };
      await check(capped, { ...sizes, range: { firstRow: 37, rows: 40 } }, { activations, variant });
      await check(capped, sizes, { activations, variant });
    }
  },
);

test('the product of four packed int8 gives the same bits as separate products', async () => {
  const sizes = { rows: 9, columns: 255, outputs: 33, group: 64, biased: true };
  const matrix = randomTernary(33, 255, 64);
  const xs = spiked(9 * 255, 1);
  for (const variant of lowBitVariants(false)) {
    const product = { activations: 'int8', variant } as const;
    const fast = await multiply(gpu, sizes, matrix, xs, product);
    expect([...(await multiply(portable, sizes, matrix, xs, product))]).toEqual([...fast]);
  }
});

/** The same adapter treated as hardware, so that it runs the kernels chosen there. */
const asHardware: Gpu = Object.create(gpu, { info: { value: { ...gpu.info, software: false } } });

test('the kernels chosen on hardware adapters give the same product', async () => {
  for (const rows of [1, 6])
    for (const block of [32, 'row'] as const)
      await check(
        asHardware,
        { rows, columns: 401, outputs: 37, group: 128, biased: true },
        { activations: 'int8', block },
      );
  await check(asHardware, { rows: 2, columns: 64, outputs: 7 });
});

test('zero scales give zeros, and weights that are all −1 the negative sum', async () => {
  const sizes = { rows: 2, columns: 49, outputs: 5 };
  const xs = Float32Array.from({ length: 98 }, (_, i) => (i % 7) - 2);
  const zero = randomTernary(5, 49, ROW, { scale: () => 0 });
  const minus = randomTernary(5, 49, ROW, { scale: () => 1, code: 0 });
  const sums = [0, 1].map((r) => -xs.subarray(49 * r, 49 * r + 49).reduce((a, b) => a + b, 0));
  for (const variant of lowBitVariants(true)) {
    expect([...(await multiply(gpu, sizes, zero, xs, { variant }))].every((v) => v === 0)).toBe(true);
    const y = await multiply(gpu, sizes, minus, xs, { variant });
    // Small integers: float32 sums are exact.
    expect([...y]).toEqual([...Array<number>(5).fill(sums[0]), ...Array<number>(5).fill(sums[1])]);
  }
});

test.each(TERNARY_ACTIVATIONS)(
  '%s: an activation of NaN makes its row not finite, not others',
  async (activations) => {
    const sizes = { rows: 2, columns: 12, outputs: 3 };
    const matrix = randomTernary(3, 12, ROW, { code: 2 });
    const xs = spiked(24, 3);
    xs[5] = NaN;
    const y = await multiply(gpu, sizes, matrix, xs, { activations });
    expect([...y.subarray(0, 3)].some(Number.isFinite)).toBe(false);
    expect([...y.subarray(3)].every(Number.isFinite)).toBe(true);
  },
);

test.each([
  [{ alpha: NaN }, 'alpha is NaN'],
  [{ beta: Infinity }, 'beta is Infinity'],
  [{ alpha: 1e300 }, 'finite float32'],
  [{ activations: 'int8', block: 24 }, 'blocks of 24 columns'],
  [{ activations: 'int4' as TernaryActivations }, 'cannot be int4'],
] as const)('%j is refused', async (product, words) => {
  const sizes = { rows: 1, columns: 32, outputs: 2 };
  const refused = multiply(gpu, sizes, randomTernary(2, 32, ROW), spiked(32, 1), product);
  await expect(refused).rejects.toThrow(LabError);
  await expect(refused).rejects.toThrow(words);
});

test('a K that does not match is refused, and float16 where the device has none', async () => {
  const matrix = randomTernary(2, 33, ROW);
  const wrong = multiply(gpu, { rows: 1, columns: 32, outputs: 2 }, matrix, spiked(32, 1), {});
  await expect(wrong).rejects.toThrow('has 32 columns; w has 33');
  await expect(ternaryLinear(portable, matrix, { activations: 'float16' })).rejects.toThrow(
    'float16 in shaders',
  );
});

test('the GPU holds the codes and scales and no dense copy', async () => {
  const matrix = randomTernary(512, 1024, 128);
  gpu.buffers.resetPeak();
  const held = gpu.buffers.liveBytes;
  const weight = await ternaryLinear(gpu, matrix);
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const x = { buffer: scope.allocate(4096, 'x'), stride: 1024, column: 0, width: 1024 };
  const y = { buffer: scope.allocate(2048, 'y'), stride: 512, column: 0, width: 512 };
  await weight.record({ gpu, recorder, x, y, rows: 1 });
  await gpu.stream.run(recorder.commands);
  await gpu.stream.idle();
  const uniforms = 256 * 256;
  expect(weight.bytes).toBe(512 * (1024 / 4) + 512 * 8 * 2);
  expect(gpu.buffers.peakBytes - held).toBe(weight.bytes + 4096 + 2048 + uniforms);
  recorder.dispose();
  scope.dispose();
  weight.dispose();
});
