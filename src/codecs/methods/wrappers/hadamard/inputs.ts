import type { LayerInputs, ReferenceInputs } from '../../../../calibrate/inputs';
import { readMatrix, releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import { rotate } from './gpu';
import { rotateReference, type Rotation } from './rotation';

/**
 * Computes the statistics of the rotated input X·Q, whose Gram matrix is QᵀGQ. The mean and maximum of |x·Q| do not follow from those of
 * |x|. Both are replaced by the root mean square of each column, which is 1.25 times the mean of a normal variable and a few times below
 * its maximum. The caller releases `gram`.
 */
export async function rotatedInputs(
  inputs: LayerInputs,
  rotation: Rotation,
  context: CodecContext,
): Promise<LayerInputs> {
  const { gpu } = context;
  const { columns, samples } = inputs;
  const once = await rotate(await readMatrix(gpu.stream, inputs.gram), rotation, context);
  const gram = await rotate(transposed(once, columns), rotation, context);
  const deviations = Float32Array.from({ length: columns }, (_, i) => rootOf(gram[i * columns + i]));
  return {
    columns,
    samples,
    gram: uploadMatrix(gpu, gram, columns, columns, 'rotated Gram matrix'),
    meanAbs: deviations,
    maxAbs: deviations,
  };
}

/** Releases the Gram matrix of `rotatedInputs`. */
export function releaseInputs({ gpu }: CodecContext, inputs: LayerInputs | undefined): void {
  if (inputs) releaseMatrix(gpu.buffers, inputs.gram);
}

/** Computes the statistics of the rotated input in plain loops. */
export function rotatedReferenceInputs(inputs: ReferenceInputs, rotation: Rotation): ReferenceInputs {
  const { columns } = rotation;
  const gram = rotateReference(transposed(rotateReference(inputs.gram, rotation), columns), rotation);
  const deviations = Float64Array.from({ length: columns }, (_, i) => rootOf(gram[i * columns + i]));
  return { samples: inputs.samples, gram, meanAbs: deviations, maxAbs: deviations };
}

/** Computes a square root. Rounding may leave a diagonal element slightly below zero. */
const rootOf = (value: number) => Math.sqrt(Math.max(0, value));

function transposed<T extends Float32Array | Float64Array>(values: T, n: number): T {
  return values.map((_, i) => values[(i % n) * n + Math.floor(i / n)]) as T;
}
