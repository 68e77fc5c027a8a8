import { LabError, throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { rawTensorBytes } from '../dtypes';
import { RangeTensor, type FileTensor } from '../fileTensor';
import { checkSumOf } from './checkSum';
import { openTorch } from './open';
import { contiguousBytes, isContiguous } from './strides';
import type { TorchTensor } from './types';

/**
 * Tensors that do not lie in row-major order are copied when they are read: transposed ones take their own size, but expanded ones can claim
 * any. All copies together may take this many times the bytes of the file.
 */
const COPY_FACTOR = 2;

/**
 * All tensors of a torch file, to be read in row-major order; tensors that are the same part of the same storage are one object.
 * The checksums of their storages are compared, where the file has any.
 * @param verified the file's bytes were compared with a checksum before: those in it are left alone
 * @throws LabError as openTorch; limit when the tensors are many times larger than the file; Cancelled
 */
export async function torchTensors(
  source: ByteSource,
  { verified = false, signal }: { verified?: boolean; signal?: AbortSignal } = {},
): Promise<ReadonlyMap<string, FileTensor>> {
  const { tensors } = await openTorch(source, signal);
  checkCopies([...tensors.values()], source.size);
  const storages = new Set([...tensors.values()].map(({ storage }) => storage.place));
  for (const storage of verified ? [] : storages) {
    throwIfAborted(signal);
    await checkSumOf(source, storage, signal);
  }
  const shared = new Shared(source);
  return new Map([...tensors].map(([name, tensor]) => [name, shared.tensor(tensor)]));
}

function checkCopies(tensors: readonly TorchTensor[], fileBytes: number): void {
  const copies = tensors.filter((tensor) => !isContiguous(tensor));
  const copied = copies.reduce((sum, { dtype, shape }) => sum + rawTensorBytes(dtype, shape), 0);
  if (copied <= COPY_FACTOR * fileBytes) return;
  throw new LabError(
    'limit',
    `Tensors of the torch file would unfold into ${copied} bytes, more than ${COPY_FACTOR} times the ${fileBytes} of the file.`,
    'Save them with .contiguous() in Python, or convert the model to safetensors.',
  );
}

/** Hands out the same object for the same tensor under another name: a tied head is then seen to be the table. */
class Shared {
  private readonly seen = new Map<string, { tensor: TorchTensor; file: FileTensor }>();

  constructor(private readonly source: ByteSource) {}

  tensor(tensor: TorchTensor): FileTensor {
    const place = `${tensor.begin} ${tensor.end}`;
    const known = this.seen.get(place);
    if (known && alike(known.tensor, tensor)) return known.file;
    const file = isContiguous(tensor)
      ? new RangeTensor(this.source, tensor)
      : new UnfoldedTensor(this.source, tensor);
    this.seen.set(place, { tensor, file });
    return file;
  }
}

function alike(a: TorchTensor, b: TorchTensor): boolean {
  return a.dtype === b.dtype && same(a.shape, b.shape) && same(a.strides, b.strides);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** A tensor whose values do not lie one after the other: all of them are read, whatever is asked for. */
class UnfoldedTensor implements FileTensor {
  readonly byteLength: number;
  readonly owned = true;
  private readonly span: RangeTensor;

  constructor(
    source: ByteSource,
    private readonly tensor: TorchTensor,
  ) {
    this.span = new RangeTensor(source, tensor);
    this.byteLength = rawTensorBytes(tensor.dtype, tensor.shape);
  }

  get dtype() {
    return this.tensor.dtype;
  }

  get shape() {
    return this.tensor.shape;
  }

  async read(begin = 0, end = this.byteLength): Promise<Uint8Array> {
    return contiguousBytes(this.tensor, await this.span.read()).subarray(begin, end);
  }
}
