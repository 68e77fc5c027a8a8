import { afterAll, expect, test } from 'vitest';
import { floatsToHalves, halvesToFloats } from '../../../base/float16';
import { KeyedRandom } from '../../../base/random';
import type { Gpu } from '../../../gpu/gpu';
import { expectClose } from '../../../testing/close';
import { testGpu } from '../../../testing/gpu';
import { spiked } from '../../../testing/spiked';
import { recordQuantise } from './int8Activations';
import { int8Linear, type Int8Matrix } from './int8Linear';
import { lowBitVariants, readsOctets, type LowBitVariant } from '../lowBitVariants';
import { releaseMatrix, uploadMatrix } from '../matrix';
import { int8Product, int8Row, type ReferenceInt8 } from '../../reference/int8';

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
  activations?: 'int8' | 'float';
  outliers?: readonly number[];
  factors?: boolean;
  biased?: boolean;
  margin?: number;
  range?: { firstRow: number; rows: number };
}

/** A matrix of random codes with non-zero padding, and the same matrix for the reference. */
function randomInt8(sizes: Sizes): { matrix: Int8Matrix; reference: ReferenceInt8 } {
  const { columns, outputs: rows, activations = 'int8', outliers = [] } = sizes;
  const random = new KeyedRandom(31, columns);
  const rowBytes = 4 * Math.ceil(columns / 4);
  const bytes = Int8Array.from({ length: rows * rowBytes }, () => (random.nextUint32() % 255) - 127);
  const codes = Int8Array.from(
    { length: rows * columns },
    (_, i) => bytes[Math.floor(i / columns) * rowBytes + (i % columns)],
  );
  const steps = Float32Array.from({ length: rows }, () => 0.001 * (1 + random.nextUniform()));
  const halves = floatsToHalves(
    Float32Array.from({ length: rows * outliers.length }, () => random.nextNormal()),
  );
  const factors = sizes.factors
    ? Float32Array.from({ length: columns }, () => 2 ** (4 * random.nextUniform() - 2))
    : undefined;
  const shared = { rows, columns, steps, activations, factors };
  return {
    matrix: {
      ...shared,
      name: 'w',
      codes: new Uint8Array(bytes.buffer),
      ...(outliers.length > 0 && {
        outliers: { columns: Uint32Array.from(outliers), values: new Uint8Array(halves.buffer) },
      }),
    },
    reference: { ...shared, codes, outliers: { columns: outliers, values: halvesToFloats(halves) } },
  };
}

/** The results y [rows, stride] of the GPU and of the reference. */
async function multiply(on: Gpu, sizes: Sizes, xs: Float32Array, variant?: LowBitVariant) {
  const { rows, columns, margin = 0, range } = sizes;
  const { matrix, reference } = randomInt8(sizes);
  const outputs = range?.rows ?? sizes.outputs;
  const xStride = columns + 2 * margin;
  const yStride = outputs + 2 * margin;
  const bs = spiked(sizes.outputs, 2);
  const weight = await int8Linear(on, matrix);
  const bias = uploadMatrix(on, bs, 1, sizes.outputs, 'b');
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  const y = scope.allocate(4 * rows * yStride, 'y');
  const call = {
    gpu: on,
    recorder,
    x: { buffer: scope.upload(xs, 'x'), stride: xStride, column: margin, width: columns },
    y: { buffer: y, stride: yStride, column: margin, width: outputs },
    rows,
    range,
    ...(sizes.biased && { bias }),
  };
  await weight.record(call, variant);
  await on.stream.run(recorder.commands);
  const actual = new Float32Array(await on.stream.read(y));
  recorder.dispose();
  scope.dispose();
  releaseMatrix(on.buffers, bias);
  weight.dispose();
  return { actual, ...expectedOf(sizes, xs, reference, bs) };
}

/** The expected y with its margins, and the largest Σ|x·w| of any element. */
function expectedOf(sizes: Sizes, xs: Float32Array, reference: ReferenceInt8, bias: Float32Array) {
  const { rows, columns, margin = 0, range, biased } = sizes;
  const from = range?.firstRow ?? 0;
  const outputs = range?.rows ?? sizes.outputs;
  const stride = outputs + 2 * margin;
  const expected = new Float64Array(rows * stride);
  const absolute = { ...reference, codes: Array.from(reference.codes, Math.abs) };
  absolute.outliers = {
    columns: reference.outliers!.columns,
    values: Array.from(reference.outliers!.values, Math.abs),
  };
  let size = 0;
  for (let r = 0; r < rows; r++) {
    const start = r * (columns + 2 * margin) + margin;
    const row = xs.subarray(start, start + columns);
    const y = int8Product(row, reference);
    for (let o = 0; o < outputs; o++)
      expected[r * stride + margin + o] = y[from + o] + (biased ? bias[from + o] : 0);
    size = Math.max(size, ...int8Product(row.map(Math.abs), absolute));
  }
  return { expected, size: size + (biased ? Math.max(...bias.map(Math.abs)) : 0) };
}

/**
 * The relative tolerance. Integer sums are exact, so a few float32 roundings remain, and one for each outlier column; sums of
 * floats take about K/2 roundings of partial sums as large as Σ|x·w|, each at most 2⁻²⁴ of them.
 */
function roundingBudget({ columns, activations = 'int8', outliers = [] }: Sizes): number {
  return (8 + outliers.length + (activations === 'float' ? columns / 2 : 0)) * 2 ** -24;
}

async function check(on: Gpu, sizes: Sizes, variant?: LowBitVariant): Promise<void> {
  const { rows, columns, margin = 0 } = sizes;
  const xs = spiked(rows * (columns + 2 * margin), 1);
  const { actual, expected, size } = await multiply(on, sizes, xs, variant);
  expectClose(actual, expected, { abs: size * roundingBudget(sizes) });
}

const SIZES: readonly Sizes[] = [
  { rows: 70, columns: 131, outputs: 67, biased: true, margin: 3 },
  { rows: 33, columns: 256, outputs: 35, outliers: [0, 13, 110], biased: true },
  { rows: 3, columns: 302, outputs: 129, factors: true, margin: 4 },
  { rows: 5, columns: 77, outputs: 40, factors: true, outliers: [3, 76], activations: 'float', margin: 1 },
  { rows: 1, columns: 320, outputs: 300, activations: 'float', biased: true },
  { rows: 1, columns: 66, outputs: 300, outliers: [13] },
  // Rows and outputs on both sides of the tiles of 8 × 64; an odd number of words in a row.
  { rows: 9, columns: 132, outputs: 65, outliers: [1, 131], activations: 'float', margin: 2 },
  { rows: 1, columns: 1, outputs: 1 },
];

test.each(SIZES)('$rows×$columns×$outputs, $activations', async (sizes) => {
  for (const variant of lowBitVariants(sizes.activations === 'float')) await check(gpu, sizes, variant);
});

test.each(lowBitVariants(true))('%s multiplies a range of a matrix split by rows', async (variant) => {
  const activations = readsOctets(variant) ? 'float' : 'int8';
  const sizes = { rows: 6, columns: 121, outputs: 201, outliers: [5, 6, 90], activations } as const;
  await check(capped, { ...sizes, range: { firstRow: 51, rows: 70 } }, variant);
  await check(capped, sizes, variant);
});

test('the product of four packed int8 gives the same bits as separate products', async () => {
  for (const sizes of SIZES.slice(0, 2)) {
    const xs = spiked(sizes.rows * (sizes.columns + 2 * (sizes.margin ?? 0)), 1);
    const fast = await multiply(gpu, sizes, xs, 'matrix');
    const plain = await multiply(portable, sizes, xs, 'matrix');
    expect([...fast.actual]).toEqual([...plain.actual]);
  }
});

/** The codes and largest magnitudes of rows by the entry point that the adapter uses. */
async function quantise(on: Gpu, xs: Float32Array, columns: number) {
  const rows = xs.length / columns;
  const scope = on.buffers.scope();
  const recorder = on.recorder();
  const words = Math.ceil(columns / 4);
  const codes = scope.allocate(4 * rows * words, 'codes');
  const scales = scope.allocate(4 * rows, 'largest');
  const x = { buffer: scope.upload(xs, 'x'), stride: columns, column: 0, width: columns };
  await recordQuantise({ gpu: on, recorder, x, rows }, { columns, codes, scales });
  await on.stream.run(recorder.commands);
  const found = new Int8Array(await on.stream.read(codes));
  const largest = new Float32Array(await on.stream.read(scales));
  recorder.dispose();
  scope.dispose();
  return { found, largest, words };
}

/** The same adapter treated as hardware, so that it runs the kernels chosen there. */
const asHardware: Gpu = Object.create(gpu, { info: { value: { ...gpu.info, software: false } } });

/** Rows whose elements are ties, for many largest magnitudes. */
function ties(): Float32Array {
  return Float32Array.from({ length: 64 * 256 }, (_, i) => {
    const largest = 1 + Math.floor(i / 256) / 64;
    return i % 256 === 0 ? -127 * largest : (((i % 256) - 0.5) * largest) / (i % 2 ? 1 : -2);
  });
}

const ROWS: readonly [string, number, Float32Array][] = [
  ['ties', 256, ties()],
  ['normal with spikes', 97, spiked(97 * 40, 4)],
  ['float32 neighbours of a tie', 4, Float32Array.of(127, 0.5, 0.49999997, 0.50000006)],
  ['all zero', 33, new Float32Array(33)],
  ['only subnormals', 3, Float32Array.of(2 ** -140, -(2 ** -149), 2 ** -127)],
  ['subnormals beside ones', 3, Float32Array.of(1, 2 ** -130, -(2 ** -149))],
  ['the largest float32', 4, Float32Array.of(3.4028234663852886e38, -1e38, 1e36, 1)],
  ['just below and at the zero threshold', 1, Float32Array.of(2 ** -100, 2 ** -101)],
];

test.each(ROWS)('codes equal those of the definition: %s', async (_, columns, xs) => {
  for (const on of [gpu, asHardware]) {
    const { found, largest, words } = await quantise(on, xs, columns);
    for (let row = 0; row < xs.length / columns; row++) {
      const expected = int8Row(xs.subarray(row * columns, (row + 1) * columns));
      expect(largest[row]).toBe(expected.largest);
      const padded = new Int8Array(4 * words);
      padded.set(expected.codes);
      expect([...found.subarray(4 * row * words, 4 * (row + 1) * words)]).toEqual([...padded]);
    }
  }
});

test('rows of zeros, and rows with a single non-zero element, equal the reference', async () => {
  const sizes: Sizes = { rows: 3, columns: 10, outputs: 5, outliers: [7] };
  const xs = new Float32Array(30);
  xs[17] = 1000;
  xs[21] = -3;
  const { actual, expected, size } = await multiply(gpu, sizes, xs);
  expect([...actual.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0]);
  expectClose(actual, expected, { abs: size * roundingBudget(sizes) });
});

test.each([NaN, Infinity])('an activation of %s makes only its own row not finite', async (bad) => {
  const sizes: Sizes = { rows: 2, columns: 12, outputs: 3 };
  const xs = spiked(24, 3);
  xs[5] = bad;
  const { actual, expected } = await multiply(gpu, sizes, xs);
  expect([...actual.subarray(0, 3)].some(Number.isFinite)).toBe(false);
  expectClose(actual.subarray(3), expected.subarray(3), { abs: 1e-4 });
});

test('too many columns for exact sums are an error that names the matrix', async () => {
  const columns = 140_000;
  const codes = new Uint8Array(columns);
  const matrix = { name: 'w', rows: 1, columns, codes, steps: Float32Array.of(1) };
  await expect(int8Linear(gpu, { ...matrix, activations: 'int8' })).rejects.toThrow(
    'w has 140000 columns; sums of int8 products are exact for at most 133144.',
  );
});

test('the GPU holds the codes and no dense copy', async () => {
  const { matrix } = randomInt8({ rows: 1, columns: 512, outputs: 300, outliers: [1, 2], factors: true });
  const before = gpu.buffers.liveBytes;
  const weight = await int8Linear(gpu, matrix);
  expect(weight.bytes).toBe(300 * (512 + 4 + 2 * 2) + 4 * 512 + 4 * 2);
  expect(gpu.buffers.liveBytes - before).toBe(weight.bytes);
  weight.dispose();
});
