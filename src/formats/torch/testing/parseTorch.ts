import { bytesSource } from '../../byteSource';
import type { RawTensor } from '../../dtypes';
import type { FileTensor } from '../../fileTensor';
import { torchTensors } from '../tensors';

/** Returns all tensors of a PyTorch file with their values; names that share a tensor share one object. */
export async function parseTorch(bytes: Uint8Array, signal?: AbortSignal): Promise<Map<string, RawTensor>> {
  const read = new Map<FileTensor, RawTensor>();
  const stored = new Map<string, RawTensor>();
  for (const [name, tensor] of await torchTensors(bytesSource(bytes), { signal })) {
    const { dtype, shape } = tensor;
    const found = read.get(tensor) ?? { dtype, shape, bytes: await tensor.read() };
    read.set(tensor, found);
    stored.set(name, found);
  }
  return stored;
}
