import { bytesSource } from '../../byteSource';
import type { StoredTensor } from '../../dtypes';
import type { FileTensor } from '../../fileTensor';
import { torchTensors } from '../tensors';

/** All tensors of a torch file with their values, for tests that look at them; one object where the reader gave one. */
export async function parseTorch(
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<Map<string, StoredTensor>> {
  const read = new Map<FileTensor, StoredTensor>();
  const stored = new Map<string, StoredTensor>();
  for (const [name, tensor] of await torchTensors(bytesSource(bytes), { signal })) {
    const { dtype, shape } = tensor;
    const found = read.get(tensor) ?? { dtype, shape, bytes: await tensor.read() };
    read.set(tensor, found);
    stored.set(name, found);
  }
  return stored;
}
