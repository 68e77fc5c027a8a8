import { recordDense } from '../../../runtime/linear/dense/dense';
import type { LinearCall } from '../../../runtime/linear/linear';
import { splitRows, type DenseMatrix } from '../../../runtime/linear/matrix';
import type { GpuJob } from '../gpuJob';

/** Uploads a transform [outputs, inputs] as float32; it lives as long as the job. */
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
 * Records y = A·x for each of `rows` blocks. The kernel is chosen by adapter alone, never by the number of rows: the order of
 * summation, and with it every code, must not depend on how a tensor was cut.
 */
export function recordTransform(
  { gpu, recorder }: GpuJob,
  a: DenseMatrix,
  call: Pick<LinearCall, 'x' | 'y' | 'rows'>,
): Promise<void> {
  return recordDense({ gpu, recorder, ...call }, a, gpu.info.software ? 'register' : 'tiled');
}
