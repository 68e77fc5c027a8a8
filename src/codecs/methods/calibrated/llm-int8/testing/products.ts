import type { Gpu } from '../../../../../gpu/gpu';
import { expectClose } from '../../../../../testing/close';
import type { Codec, CodedTensor } from '../../../../contract/codec';

/** Computes x · Wᵀ by `codec.linear` for x [rows, columns]. */
export async function linearProduct(
  gpu: Gpu,
  codec: Codec,
  stored: CodedTensor,
  xs: Float32Array,
): Promise<Float32Array> {
  const [outputs, columns] = stored.shape;
  const rows = xs.length / columns;
  const weight = (await codec.linear!(stored, { gpu, seed: 1 }))!;
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const x = { buffer: scope.upload(xs, 'x'), stride: columns, column: 0, width: columns };
  const y = { buffer: scope.allocate(4 * rows * outputs, 'y'), stride: outputs, column: 0, width: outputs };
  await weight.record({ gpu, recorder, x, y, rows });
  await gpu.stream.run(recorder.commands);
  const product = new Float32Array(await gpu.stream.read(y.buffer));
  recorder.dispose();
  scope.dispose();
  weight.dispose();
  return product;
}

/** Computes x · Wᵀ in float64. */
export function exactProduct(xs: Float32Array, weights: Float32Array, columns: number): Float64Array {
  const outputs = weights.length / columns;
  return Float64Array.from({ length: (xs.length / columns) * outputs }, (_, i) => {
    const [row, output] = [Math.floor(i / outputs), i % outputs];
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += xs[row * columns + k] * weights[output * columns + k];
    return sum;
  });
}

/** Computes ‖y − xWᵀ‖ ÷ ‖xWᵀ‖ for the product y by `codec.linear`. */
export async function productError(
  gpu: Gpu,
  codec: Codec,
  stored: CodedTensor,
  weights: Float32Array,
  xs: Float32Array,
): Promise<number> {
  const exact = exactProduct(xs, weights, stored.shape[1]);
  const actual = await linearProduct(gpu, codec, stored, xs);
  const squares = (f: (i: number) => number) => exact.reduce((sum, _, i) => sum + f(i) ** 2, 0);
  return Math.sqrt(squares((i) => actual[i] - exact[i]) / squares((i) => exact[i]));
}

/** Checks that `linear` with float activations gives the product of the decoded matrix up to float32 rounding of sums. */
export async function expectFloatPathDense(
  gpu: Gpu,
  codec: Codec,
  stored: CodedTensor,
  xs: Float32Array,
): Promise<void> {
  const { parts, shape, options } = stored;
  const decoded = codec.reference.decode(parts, shape, options);
  const sizes = exactProduct(xs.map(Math.abs), decoded.map(Math.abs), shape[1]);
  const budget = (shape[1] / 2 + 8) * 2 ** -24;
  const expected = exactProduct(xs, decoded, shape[1]);
  expectClose(await linearProduct(gpu, codec, stored, xs), expected, { abs: budget * Math.max(...sizes) });
}
