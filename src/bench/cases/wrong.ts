import type { BenchContext } from '../context';
import { recordedCandidate } from '../recorded';
import { checkProduct } from '../reference';
import type { BenchCase } from '../types';
import { productFlops, seededProduct, type ProductShape } from './matmul';

/**
 * Returns a case of the deliberately wrong kernel (shaders/bench/wrong.wgsl), which shows that the runner refuses to time it.
 */
export function wrongCase(context: BenchContext, shape: ProductShape): BenchCase {
  const { gpu } = context;
  const product = seededProduct(shape);
  const [rows, columns, outputs] = shape;
  const ours = () =>
    recordedCandidate(context, async (recorder, scope) => {
      const y = scope.allocate(4 * rows * outputs, 'benchmark y');
      await recorder.dispatch('bench/wrong', {
        params: { rows, columns, outputs },
        bindings: { x: scope.upload(product.x, 'x'), weight: scope.upload(product.w, 'W'), y },
        workgroups: Math.ceil((rows * outputs) / 64),
        cost: productFlops(shape),
      });
      return { verify: async () => checkProduct(product, new Float32Array(await gpu.stream.read(y))) };
    });
  const work = productFlops(shape);
  return { name: 'matmul, deliberately wrong', shape: shape.join('×'), unit: 'GFLOP/s', work, ours };
}
