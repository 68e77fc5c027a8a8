import { afterAll, expect, test } from 'vitest';
import type { Gpu } from '../../../gpu/gpu';
import { expectClose } from '../../../testing/close';
import { testGpu } from '../../../testing/gpu';
import { spiked } from '../../../testing/spiked';
import { randomTernary } from '../../../testing/ternary';
import { combined, ternaryTernaryDot } from '../../reference/ternary';
import { maskedMatrix, recordMasked, type MaskVariant } from './ternaryMasks';
import type { ProductFactors } from './ternaryFactors';
import type { TernaryMatrix } from './ternaryMatrix';

const gpu = await testGpu();
const portable = await testGpu({ portable: true });
const capped = await testGpu({ bindingCap: 1024 });
afterAll(() => {
  for (const each of [gpu, portable, capped]) expect(each.buffers.liveCount).toBe(0);
});

const ROW = 1e9;
const VARIANTS: readonly MaskVariant[] = ['matrix', 'row'];
const MARGIN = 2;

type Product = ProductFactors & { variant?: MaskVariant };

const before = (count: number, beta = 0) => spiked(count, 3).map((v) => (beta === 0 ? NaN : v));

/** The result y [M, N] without its margins. */
async function multiply(
  on: Gpu,
  a: TernaryMatrix,
  w: TernaryMatrix,
  product: Product,
): Promise<Float32Array> {
  const stride = w.rows + 2 * MARGIN;
  const left = await maskedMatrix(on, a);
  const right = await maskedMatrix(on, w);
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  try {
    const buffer = scope.upload(before(a.rows * stride, product.beta), 'y');
    const y = { buffer, stride, column: MARGIN, width: w.rows };
    await recordMasked({ gpu: on, recorder, a: left, w: right, y, ...product });
    await on.stream.run(recorder.commands);
    const whole = new Float32Array(await on.stream.read(buffer));
    return whole.filter((_, i) => i % stride >= MARGIN && i % stride < MARGIN + w.rows);
  } finally {
    recorder.dispose();
    scope.dispose();
    left.dispose();
    right.dispose();
  }
}

/**
 * The tolerance. Sums within a segment are exact integers, so each segment of at least 32 columns costs a few roundings of
 * partial sums no larger than Σ|a·w| ≤ K · 0.03², each at most 2⁻²⁴ of them; random scales stay below 0.03.
 */
const budget = (columns: number) => (8 + columns / 32) * 2 ** -24 * (columns * 0.03 ** 2);

async function check(on: Gpu, a: TernaryMatrix, w: TernaryMatrix, product: Product = {}): Promise<void> {
  const { alpha = 1, beta } = product;
  const old = before(a.rows * (w.rows + 2 * MARGIN), beta);
  const expected = Float64Array.from({ length: a.rows * w.rows }, (_, i) => {
    const [row, output] = [Math.floor(i / w.rows), i % w.rows];
    const factors = { alpha, beta, before: old[row * (w.rows + 2 * MARGIN) + MARGIN + output] };
    return combined(ternaryTernaryDot(a, row, w, output), factors);
  });
  const largest = beta ? Math.abs(beta) * Math.max(...old.map(Math.abs)) * 2 ** -23 : 0;
  const abs = Math.max(1, Math.abs(alpha)) * budget(w.columns) + largest;
  expectClose(await multiply(on, a, w, product), expected, { abs });
}

const pair = (m: number, k: number, n: number, aGroup = ROW, wGroup = ROW) =>
  [randomTernary(m, k, aGroup, { stream: 2 }), randomTernary(n, k, wGroup, { stream: 3 })] as const;

for (const variant of VARIANTS)
  test.each([
    [1, 15, 5],
    [2, 16, 3],
    [4, 17, 4],
    [5, 31, 6],
    [33, 48, 35],
    [3, 49, 257],
    [2, 255, 9],
    [6, 256, 7],
  ])(`${variant}: %d×%d×%d`, (m, k, n) => check(gpu, ...pair(m, k, n), { variant }));

test('K = 1', async () => {
  const ones = { scale: () => 1 };
  const a = randomTernary(1, 1, ROW, { ...ones, code: 0 });
  for (const [code, value] of [
    [0, 1],
    [1, 0],
    [2, -1],
  ])
    expect([...(await multiply(gpu, a, randomTernary(1, 1, ROW, { ...ones, code }), {}))]).toEqual([value]);
});

test.each([
  [32, 32],
  [64, 96],
  [ROW, 32],
  [128, ROW],
])('scales for %d and %d columns meet', async (aGroup, wGroup) => {
  for (const variant of VARIANTS) await check(gpu, ...pair(5, 255, 6, aGroup, wGroup), { variant });
});

test.each([
  { alpha: -2, beta: 0 },
  { alpha: 0.5, beta: 3 },
  { alpha: 0, beta: 2 },
])('y ← $alpha·A·Wᵀ + $beta·y', async (factors) => {
  for (const variant of VARIANTS) await check(gpu, ...pair(3, 49, 5), { ...factors, variant });
});

test('both sides split by rows', async () => {
  for (const variant of VARIANTS) await check(capped, ...pair(21, 301, 40, 64, 32), { variant });
});

test('a portable device gets the same bits', async () => {
  const [a, w] = pair(5, 130, 7, 32, 64);
  expect([...(await multiply(portable, a, w, {}))]).toEqual([...(await multiply(gpu, a, w, {}))]);
});

test('all −1 on both sides counts columns; zero scales give zero', async () => {
  const minus = (rows: number) => randomTernary(rows, 77, ROW, { code: 0, scale: () => 1 });
  expect([...(await multiply(gpu, minus(2), minus(2), {}))]).toEqual([77, 77, 77, 77]);
  const zero = randomTernary(2, 77, ROW, { scale: () => 0 });
  expect([...(await multiply(gpu, minus(1), zero, {}))].every((v) => v === 0)).toBe(true);
});

test('different K, factors that are not numbers and groups that end inside a word are refused', async () => {
  await expect(multiply(gpu, randomTernary(1, 32, ROW), randomTernary(1, 64, ROW), {})).rejects.toThrow(
    'has 32 columns; w has 64',
  );
  await expect(multiply(gpu, ...pair(1, 32, 1), { alpha: NaN })).rejects.toThrow('alpha is NaN');
  await expect(maskedMatrix(gpu, randomTernary(1, 64, 16))).rejects.toMatchObject({
    code: 'bad-input',
    message: 'w has groups of 16 columns; this product needs a multiple of 32, or one group per row.',
    remedy: 'Encode it with group=32 or group=row.',
  });
});

test('the GPU holds two bits per weight and the scales', async () => {
  const held = gpu.buffers.liveBytes;
  const masked = await maskedMatrix(gpu, randomTernary(64, 256, 128));
  expect(masked.bytes).toBe(64 * (256 / 4) + 64 * 2 * 2);
  expect(gpu.buffers.liveBytes - held).toBe(masked.bytes);
  masked.dispose();
});
