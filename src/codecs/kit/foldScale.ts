import { LabError } from '../../base/errors';
import type { SourceTensor, TensorGroup } from '../contract/codec';

/**
 * Divides the weight and bias of a norm by the scale s [in] of the layers that read it, in float32.
 * @throws LabError bad-input naming the tensor when a quotient overflows
 */
export function foldScale(
  { weight, bias }: NonNullable<TensorGroup['norm']>,
  s: Float32Array,
): Map<string, Float32Array> {
  const tensors = [weight, ...(bias ? [bias] : [])];
  return new Map(tensors.map((tensor) => [tensor.name, divided(tensor, s)]));
}

/** Divides values by s in float32. @throws LabError bad-input naming the tensor when a quotient overflows */
function divided({ name, values }: SourceTensor, s: Float32Array): Float32Array {
  const quotients = values.map((v, i) => v / s[i]);
  if (quotients.every(Number.isFinite)) return quotients;
  throw new LabError(
    'bad-input',
    `${name} has values so large that the scale of the layers after it cannot be folded into it.`,
    'Compress with fold=false, which stores the scale with each layer, or choose a codec that folds none.',
  );
}
