import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import { releaseMatrix, uploadMatrix } from '../../runtime/linear/matrix';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { spiked } from '../../testing/spiked';
import { linearBackward } from '../reference/linear';
import { recordColumnSums, type ColumnsVariant } from './columnSums';
import { recordLinearBackward } from './linear';
import { PRODUCT_VARIANTS, type ProductVariant } from './product';

const gpu = await testGpu();
/** A device on which W is split by rows. */
const capped = await testGpu({ bindingCap: 65_536 });
const portable = await testGpu({ portable: true });
afterAll(() => [gpu, capped, portable].forEach((g) => expect(g.buffers.liveCount).toBe(0)));

/** Tolerance of float32 sums of up to 300 products of size about 1 with spikes of 30 to 900: 1e3 · 300 · 2^-24 at worst. */
const PRODUCT = { abs: 4e-3, rel: 1e-5 };

interface Case {
  rows: number;
  columns: number;
  outputs: number;
  /** Number of columns before and after each activation in its buffer. */
  margin: number;
}

/** The reference's gradients, added to gradients that start as `start`. */
function expectedOf(
  { rows, columns, outputs }: Case,
  xs: Float32Array[],
  dys: Float32Array[],
  ws: Float32Array,
) {
  const dWeight = new Float64Array(outputs * columns).fill(1);
  const dBias = new Float64Array(outputs).fill(2);
  const dx = Array.from({ length: rows }, (_, r) => {
    const row = new Float64Array(columns).fill(3);
    linearBackward(xs[r], dys[r], ws, { dx: row, dWeight, dBias });
    return row;
  });
  return { dWeight, dBias, dx };
}

async function run(on: Gpu, c: Case, variant?: ProductVariant): Promise<Float32Array[]> {
  const { rows, columns, outputs, margin } = c;
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  const wide = (width: number) => width + 2 * margin;
  const rowsOf = (values: Float32Array, width: number) =>
    Array.from({ length: rows }, (_, r) =>
      values.subarray(r * wide(width) + margin, (r + 1) * wide(width) - margin),
    );
  const viewOf = (values: Float32Array, width: number) => ({
    ...{ buffer: scope.upload(values, 'view'), stride: wide(width), column: margin, width },
  });
  const xs = spiked(rows * wide(columns), 1);
  const dys = spiked(rows * wide(outputs), 2);
  const ws = spiked(outputs * columns, 3);
  const weight = uploadMatrix(on, ws, outputs, columns, 'W');
  const dWeight = scope.upload(new Float32Array(outputs * columns).fill(1), 'dW');
  const dBias = scope.upload(new Float32Array(outputs).fill(2), 'db');
  const dx = viewOf(new Float32Array(rows * wide(columns)).fill(3), columns);
  const call = { x: viewOf(xs, columns), dy: viewOf(dys, outputs), dx, weight, dWeight, dBias, rows };
  await recordLinearBackward({ gpu: on, recorder }, call, variant);
  await on.stream.run(recorder.commands);
  const read = async (buffer: GPUBuffer) => new Float32Array(await on.stream.read(buffer));
  const actual = await Promise.all([dWeight, dBias, dx.buffer].map(read));
  recorder.dispose();
  releaseMatrix(on.buffers, weight);
  scope.dispose();
  const expected = expectedOf(c, rowsOf(xs, columns), rowsOf(dys, outputs), ws);
  expectClose(actual[0].subarray(0, outputs * columns), expected.dWeight, PRODUCT);
  expectClose(actual[1].subarray(0, outputs), expected.dBias, PRODUCT);
  rowsOf(actual[2], columns).forEach((row, r) => expectClose(row, expected.dx[r], PRODUCT));
  const outside = actual[2].filter(
    (_, i) => i % wide(columns) < margin || i % wide(columns) >= columns + margin,
  );
  expect(
    outside.every((value) => value === 3),
    'columns beside dx are unchanged',
  ).toBe(true);
  return actual;
}

test.each(PRODUCT_VARIANTS)(
  '%s equals the reference for sizes on both sides of its tiles',
  async (variant) => {
    await run(gpu, { rows: 67, columns: 131, outputs: 70, margin: 3 }, variant);
    await run(gpu, { rows: 65, columns: 128, outputs: 129, margin: 4 }, variant);
    await run(gpu, { rows: 1, columns: 1, outputs: 1, margin: 0 }, variant);
  },
);

test('random shapes and margins', async () => {
  const size = fc.integer({ min: 1, max: 40 });
  const shapes = fc.record({
    rows: size,
    columns: size,
    outputs: size,
    margin: fc.integer({ min: 0, max: 5 }),
  });
  const check = fc.asyncProperty(shapes, fc.constantFrom(...PRODUCT_VARIANTS), (c, variant) =>
    run(gpu, c, variant).then(() => undefined),
  );
  await fc.assert(check, { numRuns: 24, seed: 7 });
});

test('a portable device, a W split by rows, and a product over the cost limit', async () => {
  await run(portable, { rows: 33, columns: 20, outputs: 50, margin: 1 });
  await run(capped, { rows: 9, columns: 120, outputs: 130, margin: 0 });
  await run(gpu, { rows: 300, columns: 300, outputs: 301, margin: 0 });
});

test('repeated runs give equal bits', async () => {
  const c = { rows: 100, columns: 60, outputs: 90, margin: 0 };
  expect(await run(gpu, c)).toEqual(await run(gpu, c));
});

test.each<ColumnsVariant>(['columnPerThread', 'columnPerGroup'])('column sums, %s', async (variant) => {
  const [rows, width, stride, column] = [100, 13, 17, 2];
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const values = spiked(rows * stride, 4);
  const sums = scope.upload(new Float32Array(width).fill(1), 'sums');
  const view = { buffer: scope.upload(values, 'values'), stride, column, width };
  await recordColumnSums({ gpu, recorder }, view, sums, rows, variant);
  await gpu.stream.run(recorder.commands);
  const expected = new Float64Array(width).fill(1);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < width; i++) expected[i] += values[r * stride + column + i];
  expectClose(new Float32Array(await gpu.stream.read(sums)), expected, { abs: 1e-4 });
  recorder.dispose();
  scope.dispose();
});

test('a gradient that exceeds one binding is an error', async () => {
  const scope = capped.buffers.scope();
  const recorder = capped.recorder();
  const view = (width: number) => ({
    buffer: scope.allocate(4 * width, 'row'),
    stride: width,
    column: 0,
    width,
  });
  const weight = { label: 'W', rows: 200, columns: 100, parts: [] };
  const dWeight = scope.allocate(4 * 200 * 100, 'h.0.weight');
  const call = { x: view(100), dy: view(200), weight, dWeight, rows: 1 };
  await expect(recordLinearBackward({ gpu: capped, recorder }, call)).rejects.toMatchObject({
    code: 'limit',
    message: expect.stringContaining('h.0.weight takes 80000 bytes') as string,
  });
  recorder.dispose();
  scope.dispose();
});
