import { expect } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import { expectClose } from '../../testing/close';
import { spiked } from '../../testing/spiked';
import type { Codec, MatrixShape } from '../contract/codec';
import { encodeTensor } from '../contract/coding';
import type { CodecOptions } from '../contract/meta';
import { gaussianWithOutliers } from './cases';
import { TENSOR } from './checks';

/** The error of a float32 sum of K products as a share of Σ|x·w|: about K/2 roundings of at most 2⁻²⁴ each. */
const roundingBudget = (columns: number) => (columns / 2 + 8) * 2 ** -24;

/**
 * Checks that `codec.linear` gives the float64 product of x [rows, in] with the decoded weights, and that its peak memory is below that
 * of a dense copy.
 */
export async function checkPackedLinear(
  gpu: Gpu,
  codec: Codec,
  options: CodecOptions,
  shape: MatrixShape,
  rows: number,
): Promise<void> {
  const [outputs, columns] = shape;
  const tensor = { name: TENSOR, shape, values: gaussianWithOutliers(shape, 17) };
  const parts = await encodeTensor(codec, tensor, options, { gpu, seed: 1 });
  const before = gpu.buffers.liveBytes;
  gpu.buffers.resetPeak();
  const weight = await codec.linear!({ name: TENSOR, shape, options, parts }, { gpu, seed: 1 });
  expect(weight, 'a packed form for these options').toBeDefined();
  expect(gpu.buffers.peakBytes - before).toBe(weight!.bytes);
  expect(weight!.bytes).toBeLessThan(4 * outputs * columns);
  const xs = spiked(rows * columns, 3);
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const x = { buffer: scope.upload(xs, 'x'), stride: columns, column: 0, width: columns };
  const y = { buffer: scope.allocate(4 * rows * outputs, 'y'), stride: outputs, column: 0, width: outputs };
  await weight!.record({ gpu, recorder, x, y, rows });
  await gpu.stream.run(recorder.commands);
  const actual = new Float32Array(await gpu.stream.read(y.buffer));
  const { product, largest } = float64Product(xs, codec.reference.decode(parts, shape, options), rows, shape);
  expectClose(actual, product, { abs: largest * roundingBudget(columns) });
  recorder.dispose();
  scope.dispose();
  weight!.dispose();
  expect(gpu.buffers.liveBytes).toBe(before);
}

/** Computes x · Wᵀ, and the largest Σ|x·w| of an element. */
function float64Product(
  x: Float32Array,
  w: Float32Array,
  rows: number,
  [outputs, columns]: MatrixShape,
): { product: Float64Array; largest: number } {
  const product = new Float64Array(rows * outputs);
  let largest = 0;
  for (let i = 0; i < product.length; i++) {
    const [row, output] = [Math.floor(i / outputs), i % outputs];
    let size = 0;
    for (let k = 0; k < columns; k++) {
      const term = x[row * columns + k] * w[output * columns + k];
      product[i] += term;
      size += Math.abs(term);
    }
    largest = Math.max(largest, size);
  }
  return { product, largest };
}
