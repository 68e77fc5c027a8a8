import { afterAll, expect, test } from 'vitest';
import { floatsToHalves, halfBitsToFloat } from '../../../base/float16';
import { KeyedRandom } from '../../../base/random';
import type { Gpu } from '../../../gpu/gpu';
import { expectClose } from '../../../testing/close';
import { testGpu } from '../../../testing/gpu';
import { spiked } from '../../../testing/spiked';
import { releaseMatrix, uploadMatrix } from '../matrix';
import { lowBitVariants, type LowBitVariant } from '../lowBitVariants';
import { hasOctets, packedIntegerLinear, type PackedIntegers } from './packedLinear';

const gpu = await testGpu();
const portable = await testGpu({ portable: true });
const capped = await testGpu({ bindingCap: 4096 });
afterAll(() => {
  for (const each of [gpu, portable, capped]) expect(each.buffers.liveCount).toBe(0);
});

/** Relative tolerance of float32 sums of K products: about K/2 roundings of partial sums up to Σ|x·w|, each at most 2⁻²⁴. */
const roundingBudget = (columns: number) => (columns / 2 + 8) * 2 ** -24;

interface Sizes {
  rows: number;
  columns: number;
  outputs: number;
  bits: 2 | 4 | 8;
  group: number;
  zeros?: boolean;
  biased?: boolean;
  margin?: number;
  range?: { firstRow: number; rows: number };
}

/** Code `index` of a bitstream, read bit by bit. */
function bitsAt(stream: Uint8Array, first: number, bits: number): number {
  let code = 0;
  for (let b = 0; b < bits; b++) code += ((stream[(first + b) >> 3] >> ((first + b) & 7)) & 1) << b;
  return code;
}

/** Random codes, scales and zero points, and the matrix they represent. */
function randomPacked({ columns, outputs, bits, group, zeros }: Sizes): {
  packed: PackedIntegers;
  dense: Float64Array;
} {
  const random = new KeyedRandom(9, bits);
  const bytes = (n: number) => Uint8Array.from({ length: n }, () => random.nextUint32() & 255);
  const groups = Math.ceil(columns / group);
  const rowBytes = 4 * Math.ceil((columns * bits) / 32);
  const codes = bytes(outputs * rowBytes);
  const scaleBits = floatsToHalves(
    Float32Array.from({ length: outputs * groups }, () => 0.01 + random.nextUniform()),
  );
  const offset = zeros ? bytes(4 * Math.ceil((outputs * groups * bits) / 32)) : 2 ** (bits - 1);
  const dense = Float64Array.from({ length: outputs * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const g = row * groups + Math.floor(column / group);
    const code = bitsAt(codes, 8 * row * rowBytes + column * bits, bits);
    const zero = typeof offset === 'number' ? offset : bitsAt(offset, g * bits, bits);
    return (code - zero) * halfBitsToFloat(scaleBits[g]);
  });
  const scales = new Uint8Array(scaleBits.buffer);
  const packed = { name: 'w', rows: outputs, columns, bits, group, offset, codes, scales };
  return { packed, dense };
}

async function multiply(on: Gpu, sizes: Sizes, variant?: LowBitVariant): Promise<void> {
  const { rows, columns, margin = 0, range } = sizes;
  const { packed, dense } = randomPacked(sizes);
  const outputs = range?.rows ?? sizes.outputs;
  const xStride = columns + 2 * margin;
  const yStride = outputs + 2 * margin;
  const xs = spiked(rows * xStride, 1);
  const bs = spiked(sizes.outputs, 2);
  const weight = await packedIntegerLinear(on, packed);
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
  const { expected, size } = product(xs, dense, sizes, bs);
  expectClose(actual, expected, { abs: size * roundingBudget(columns) });
  recorder.dispose();
  scope.dispose();
  releaseMatrix(on.buffers, bias);
  weight.dispose();
}

/** The expected y with its margins in float64, and the largest Σ|x·w| of any element. */
function product(
  xs: Float32Array,
  dense: Float64Array,
  { rows, columns, outputs, margin = 0, range, biased }: Sizes,
  bias: Float32Array,
): { expected: Float64Array; size: number } {
  const from = range?.firstRow ?? 0;
  const wanted = range?.rows ?? outputs;
  const stride = wanted + 2 * margin;
  const expected = new Float64Array(rows * stride);
  let size = 0;
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < wanted; o++) {
      let sum = biased ? bias[from + o] : 0;
      let magnitude = Math.abs(sum);
      for (let k = 0; k < columns; k++) {
        const term = xs[r * (columns + 2 * margin) + margin + k] * dense[(from + o) * columns + k];
        sum += term;
        magnitude += Math.abs(term);
      }
      expected[r * stride + margin + o] = sum;
      size = Math.max(size, magnitude);
    }
  return { expected, size };
}

const ROW = 1e9;
const SIZES: readonly Sizes[] = [
  { rows: 67, columns: 131, outputs: 70, bits: 4, group: 32, biased: true, margin: 3 },
  { rows: 33, columns: 256, outputs: 35, bits: 4, group: 64, biased: true, zeros: true },
  { rows: 3, columns: 300, outputs: 129, bits: 2, group: 8, margin: 4 },
  { rows: 5, columns: 76, outputs: 40, bits: 2, group: ROW },
  { rows: 1, columns: 320, outputs: 300, bits: 8, group: 256, biased: true, zeros: true },
  { rows: 1, columns: 1, outputs: 1, bits: 8, group: ROW },
  // Rows and outputs on both sides of the tiles of 8 × 64, codes of every width, and rows of half a word.
  { rows: 9, columns: 64, outputs: 65, bits: 2, group: 24, zeros: true, margin: 1 },
  { rows: 8, columns: 40, outputs: 64, bits: 2, group: 8, biased: true },
  { rows: 17, columns: 136, outputs: 3, bits: 8, group: 32 },
  { rows: 2, columns: 8, outputs: 130, bits: 4, group: ROW, margin: 2 },
];

test.each(SIZES)('$rows×$columns×$outputs, $bits bits, group $group', async (sizes) => {
  for (const variant of lowBitVariants(hasOctets(sizes))) await multiply(gpu, sizes, variant);
});

test('a portable device gets the same product', () => multiply(portable, SIZES[1]));

test.each(lowBitVariants(true))('%s multiplies a range of a matrix split by rows', async (variant) => {
  const range = { firstRow: 50, rows: 70 };
  const sizes = { rows: 6, columns: 120, outputs: 200, bits: 4, group: 40, zeros: true } as const;
  await multiply(capped, { ...sizes, range }, variant);
  await multiply(capped, sizes, variant);
});

test('the GPU holds the packed bytes and no dense copy', async () => {
  const sizes: Sizes = { rows: 1, columns: 1024, outputs: 1024, bits: 4, group: 32 };
  const { packed } = randomPacked(sizes);
  gpu.buffers.resetPeak();
  const before = gpu.buffers.liveBytes;
  const weight = await packedIntegerLinear(gpu, packed);
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const x = { buffer: scope.allocate(4096, 'x'), stride: 1024, column: 0, width: 1024 };
  const y = { buffer: scope.allocate(4096, 'y'), stride: 1024, column: 0, width: 1024 };
  await weight.record({ gpu, recorder, x, y, rows: 1 });
  await gpu.stream.run(recorder.commands);
  await gpu.stream.idle();
  const uniforms = 256 * 256;
  expect(weight.bytes).toBe(packed.codes.length + packed.scales.length);
  expect(gpu.buffers.peakBytes - before).toBe(weight.bytes + 2 * 4096 + uniforms);
  recorder.dispose();
  scope.dispose();
  weight.dispose();
  expect(gpu.buffers.liveBytes).toBe(before);
});
