import { recordDense } from '../../../runtime/linear/dense/dense';
import type { LinearCall } from '../../../runtime/linear/linear';
import { splitRows, type DenseMatrix } from '../../../runtime/linear/matrix';
import type { GpuJob } from '../gpuJob';

/** Uploads a transform [outputs, inputs] as float32. It is freed with the job. */
export function uploadTransform(
  { gpu, scope }: GpuJob,
  values: Float64Array,
  outputs: number,
  inputs: number,
): DenseMatrix {
  const data = Float32Array.from(values);
  const parts = splitRows(outputs, 4 * inputs, gpu.maxBindingBytes).map(({ firstRow, rows }) => {
    const slice = data.subarray(firstRow * inputs, (firstRow + rows) * inputs);
    return { firstRow, rows, buffer: scope.upload(slice, 'transform') };
  });
  return { label: 'transform', rows: outputs, columns: inputs, parts };
}

/**
 * Records y = A·x for each of `rows` blocks. The kernel depends on the adapter but not on the number of rows, so that the order of
 * summation, and with it every code, does not depend on how a tensor is divided.
 */
export function recordTransform(
  { gpu, recorder }: GpuJob,
  a: DenseMatrix,
  call: Pick<LinearCall, 'x' | 'y' | 'rows'>,
): Promise<void> {
  return recordDense({ gpu, recorder, ...call }, a, gpu.info.software ? 'register' : 'tiled');
}
