import { LabError, throwIfAborted } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { rawTensorBytes } from '../dtypes';
import { RangeTensor, type FileTensor } from '../fileTensor';
import { verifyStoredChecksum } from './verifyChecksum';
import { openTorch } from './open';
import { contiguousBytes, isContiguous } from './strides';
import type { TorchTensor } from './types';

/**
 * Maximum size of all copied tensors, as a multiple of the file size. Tensors that are not contiguous are copied when
 * they are read, and an expanded one can claim any size.
 */
const COPY_FACTOR = 2;

/**
 * Opens all tensors of a PyTorch file; reads return values in row-major order. Names that refer to the same view of the
 * same storage share one object. The checksums of the storages are verified if the file has any.
 * @param verified whether the whole file was already verified, so that the checksums inside need not be
 * @throws LabError as openTorch; limit if tensors that are not contiguous would take more than twice the size of the
 *   file; Cancelled
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
    await verifyStoredChecksum(source, storage, signal);
  }
  const shared = new SharedTensors(source);
  return new Map([...tensors].map(([name, tensor]) => [name, shared.tensor(tensor)]));
}

function checkCopies(tensors: readonly TorchTensor[], fileBytes: number): void {
  const copies = tensors.filter((tensor) => !isContiguous(tensor));
  const copied = copies.reduce((sum, { dtype, shape }) => sum + rawTensorBytes(dtype, shape), 0);
  if (copied <= COPY_FACTOR * fileBytes) return;
  throw new LabError(
    'limit',
    `The tensors of the PyTorch file that are not contiguous would take ${copied} bytes, more than ${COPY_FACTOR} times the ${fileBytes} of the file.`,
    'Save them with .contiguous() in Python, or convert the model to safetensors.',
  );
}

/** Returns the same object for the same tensor under another name, so that a tied output head is recognised. */
class SharedTensors {
  private readonly seen = new Map<string, { tensor: TorchTensor; file: FileTensor }>();

  constructor(private readonly source: ByteSource) {}

  tensor(tensor: TorchTensor): FileTensor {
    const place = `${tensor.begin} ${tensor.end}`;
    const known = this.seen.get(place);
    if (known && isSameView(known.tensor, tensor)) return known.file;
    const file = isContiguous(tensor)
      ? new RangeTensor(this.source, tensor)
      : new StridedTensor(this.source, tensor);
    this.seen.set(place, { tensor, file });
    return file;
  }
}

function isSameView(a: TorchTensor, b: TorchTensor): boolean {
  return a.dtype === b.dtype && same(a.shape, b.shape) && same(a.strides, b.strides);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** A tensor that is not contiguous: every read reads its whole span. */
class StridedTensor implements FileTensor {
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
