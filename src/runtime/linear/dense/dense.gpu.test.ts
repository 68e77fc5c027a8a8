import { afterAll, expect, test } from 'vitest';
import type { Gpu } from '../../../gpu/gpu';
import { expectClose } from '../../../testing/close';
import { testGpu } from '../../../testing/gpu';
import { spiked } from '../../../testing/spiked';
import { recordDense } from './dense';
import { DENSE_VARIANTS, type DenseVariantName } from './denseVariants';
import { releaseMatrix, uploadMatrix } from '../matrix';
import { linear } from '../../reference/math';

const gpu = await testGpu();
const capped = await testGpu({ bindingCap: 4096 });
afterAll(() => {
  expect(gpu.buffers.liveCount).toBe(0);
  expect(capped.buffers.liveCount).toBe(0);
});

/** Tolerance of float32 products of up to 300 terms of size about 1 with spikes of 50. */
const PRODUCT = { abs: 2e-3, rel: 1e-5 };

interface Case {
  rows: number;
  columns: number;
  outputs: number;
  biased: boolean;
  /** Number of columns before and after x and y in their buffers. */
  margin: number;
  range?: { firstRow: number; rows: number };
}

async function run(on: Gpu, name: DenseVariantName, c: Case): Promise<void> {
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  const matrixOf = (values: Float32Array, rows: number, columns: number) =>
    uploadMatrix(on, values, rows, columns, 'test');
  const wide = c.columns + 2 * c.margin;
  const xs = spiked(c.rows * wide, 1);
  const ws = spiked(c.outputs * c.columns, 2);
  const bs = spiked(c.outputs, 3);
  const weight = matrixOf(ws, c.outputs, c.columns);
  const bias = matrixOf(bs, 1, c.outputs);
  const outputs = c.range?.rows ?? c.outputs;
  const stride = outputs + 2 * c.margin;
  const y = scope.allocate(4 * c.rows * stride, 'y');
  const x = { buffer: scope.upload(xs, 'x'), stride: wide, column: c.margin, width: c.columns };
  const into = { buffer: y, stride, column: c.margin, width: outputs };
  const call = { gpu: on, recorder, x, y: into, rows: c.rows, range: c.range, ...(c.biased && { bias }) };
  await recordDense(call, weight, name);
  await on.stream.run(recorder.commands);
  const actual = new Float32Array(await on.stream.read(y));
  const inside = Array.from({ length: c.rows }, (_, r) =>
    xs.subarray(r * wide + c.margin, (r + 1) * wide - c.margin),
  );
  const expected = new Float64Array(c.rows * stride);
  const from = c.range?.firstRow ?? 0;
  inside.forEach((row, r) => {
    const full = linear(Float64Array.from(row), ws, c.columns, c.biased ? bs : undefined);
    expected.set(full.subarray(from, from + outputs), r * stride + c.margin);
  });
  expectClose(actual, expected, PRODUCT);
  recorder.dispose();
  releaseMatrix(on.buffers, weight);
  releaseMatrix(on.buffers, bias);
  scope.dispose();
}

const names = Object.keys(DENSE_VARIANTS) as DenseVariantName[];

/** The number of columns rounded up to one that the variant supports. */
const columnsFor = (name: DenseVariantName, columns: number) =>
  name.startsWith('subgroup') ? Math.ceil(columns / 4) * 4 : columns;

test.each(names)('%s equals the reference for odd sizes, margins and a single element', async (name) => {
  await run(gpu, name, { rows: 67, columns: columnsFor(name, 131), outputs: 70, biased: true, margin: 3 });
  await run(gpu, name, { rows: 3, columns: columnsFor(name, 300), outputs: 129, biased: false, margin: 4 });
  await run(gpu, name, { rows: 1, columns: columnsFor(name, 1), outputs: 1, biased: true, margin: 0 });
});

test.each(names)('%s multiplies a range of a matrix split by rows', async (name) => {
  await run(capped, name, {
    rows: 5,
    columns: 64,
    outputs: 100,
    biased: true,
    margin: 0,
    range: { firstRow: 13, rows: 41 },
  });
});

test('a product over the cost limit is split into several dispatches with the same result', async () => {
  await run(gpu, 'register', { rows: 400, columns: 256, outputs: 300, biased: true, margin: 0 });
});
