import { rawTensorBytes } from '../dtypes';
import type { TorchTensor } from './types';

/** Returns the size of one element in bytes. */
export function elementBytes({ dtype }: Pick<TorchTensor, 'dtype'>): number {
  return rawTensorBytes(dtype, [1]);
}

/** Returns whether the elements are consecutive in row-major order, so that the span of the tensor is exactly its values. */
export function isContiguous({ shape, strides }: Pick<TorchTensor, 'shape' | 'strides'>): boolean {
  let expected = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== expected) return shape.includes(0);
    expected *= shape[d];
  }
  return true;
}

/**
 * Returns the values of a tensor in row-major order.
 * @param span the bytes of the file from the tensor's `begin` to its `end`
 * @returns the span itself for contiguous tensors, a copy otherwise
 */
export function contiguousBytes(tensor: TorchTensor, span: Uint8Array): Uint8Array {
  if (isContiguous(tensor)) return span;
  const width = elementBytes(tensor);
  // Dimensions of size 1 do not move the offset.
  const kept = tensor.shape.map((_, d) => d).filter((d) => tensor.shape[d] > 1);
  const sizes = kept.map((d) => tensor.shape[d]);
  const steps = kept.map((d) => tensor.strides[d] * width);
  const out = new Uint8Array(rawTensorBytes(tensor.dtype, sizes));
  const index = new Uint32Array(sizes.length);
  for (let to = 0, from = 0; to < out.length; to += width) {
    for (let k = 0; k < width; k++) out[to + k] = span[from + k];
    from = advance(index, sizes, steps, from);
  }
  return out;
}

/** Advances the index by one in row-major order and returns the byte offset of its element. */
function advance(
  index: Uint32Array,
  sizes: readonly number[],
  steps: readonly number[],
  from: number,
): number {
  let at = from;
  for (let d = sizes.length - 1; d >= 0; d--) {
    at += steps[d];
    if (++index[d] < sizes[d]) return at;
    at -= steps[d] * sizes[d];
    index[d] = 0;
  }
  return at;
}
