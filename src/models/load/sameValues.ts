import { throwIfAborted } from '../../base/errors';
import { rawTensorBytes } from '../../formats/dtypes';
import type { FileTensor } from '../../formats/fileTensor';
import { toFloat32 } from '../../formats/safetensors/read';

/** Number of elements that are compared at a time, since an embedding can be a large part of a model. */
const CHUNK_ELEMENTS = 1 << 20;

/**
 * Returns whether two tensors have the same shape and the same values as float32. They are read in chunks.
 * @throws LabError unsupported for types that are not floats, and what reading throws; Cancelled
 */
export async function sameValues(a: FileTensor, b: FileTensor, signal?: AbortSignal): Promise<boolean> {
  if (String(a.shape) !== String(b.shape)) return false;
  const elements = a.shape.reduce((product, n) => product * n, 1);
  for (let begin = 0; begin < elements; begin += CHUNK_ELEMENTS) {
    throwIfAborted(signal);
    const end = Math.min(begin + CHUNK_ELEMENTS, elements);
    const [x, y] = [await floats(a, begin, end), await floats(b, begin, end)];
    if (!x.every((value, i) => Object.is(value, y[i]))) return false;
  }
  return true;
}

async function floats(tensor: FileTensor, begin: number, end: number): Promise<Float32Array> {
  const { dtype } = tensor;
  const width = rawTensorBytes(dtype, [1]);
  return toFloat32({ dtype, bytes: await tensor.read(width * begin, width * end) });
}
