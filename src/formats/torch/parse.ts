import { LabError, throwIfAborted } from '../../base/errors';
import { bytesSource } from '../byteSource';
import { tensorBytes, type StoredTensor } from '../dtypes';
import { checkSum } from './checkSum';
import { openTorch } from './open';
import { contiguousBytes, isContiguous } from './strides';
import type { StoragePlace, TorchTensor } from './types';

/**
 * Tensors that do not lie in row-major order are copied: transposed ones take their own size, but expanded ones can claim any. All copies
 * together may take this many times the bytes of the file.
 */
const COPY_FACTOR = 2;

/**
 * All tensors of a torch file, in row-major order: views into `bytes` where they lie so, copies otherwise; tensors that are the same
 * part of the same storage are one object. The checksums of their storages are compared, where the file has any.
 * @param bytes the whole file
 * @throws LabError as openTorch; limit when the tensors are many times larger than the file; Cancelled
 */
export async function parseTorch(
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const { tensors } = await openTorch(bytesSource(bytes), signal);
  checkCopies([...tensors.values()], bytes.byteLength);
  const storages = new Set([...tensors.values()].map(({ storage }) => storage.place));
  for (const storage of storages) {
    throwIfAborted(signal);
    checkStorage(storage, bytes);
  }
  const stored = new Shared();
  return new Map([...tensors].map(([name, tensor]) => [name, stored.tensor(tensor, bytes)]));
}

function checkStorage(place: StoragePlace, bytes: Uint8Array): void {
  checkSum(place, bytes.subarray(place.begin, place.begin + place.byteLength));
}

function checkCopies(tensors: readonly TorchTensor[], fileBytes: number): void {
  const copies = tensors.filter((tensor) => !isContiguous(tensor));
  const copied = copies.reduce((sum, { dtype, shape }) => sum + tensorBytes(dtype, shape), 0);
  if (copied <= COPY_FACTOR * fileBytes) return;
  throw new LabError(
    'limit',
    `Tensors of the torch file would unfold into ${copied} bytes, more than ${COPY_FACTOR} times the ${fileBytes} of the file.`,
    'Save them with .contiguous() in Python, or convert the model to safetensors.',
  );
}

/** Hands out the same object for the same tensor under another name: a tied head is then seen to be the table. */
class Shared {
  private readonly seen = new Map<string, { tensor: TorchTensor; stored: StoredTensor }>();

  tensor(tensor: TorchTensor, bytes: Uint8Array): StoredTensor {
    const { dtype, shape, begin, end } = tensor;
    const place = `${begin} ${end}`;
    const known = this.seen.get(place);
    if (known && alike(known.tensor, tensor)) return known.stored;
    const stored = { dtype, shape, bytes: contiguousBytes(tensor, bytes.subarray(begin, end)) };
    this.seen.set(place, { tensor, stored });
    return stored;
  }
}

function alike(a: TorchTensor, b: TorchTensor): boolean {
  return a.dtype === b.dtype && same(a.shape, b.shape) && same(a.strides, b.strides);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
