import { LabError } from '../base/errors';
import type { ByteSource } from './byteSource';
import type { Dtype } from './dtypes';

/** A tensor of a file, whose values are read when they are asked for. */
export interface FileTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Bytes of its values. */
  readonly byteLength: number;
  /** What is read is the reader's own to change; otherwise it may be a view of bytes that others see. */
  readonly owned: boolean;
  /**
   * Its values in row-major order as bytes; those from `begin` to `end`, or all.
   * @throws LabError bad-file when the file is shorter than it was, and what the source throws
   */
  read(begin?: number, end?: number): Promise<Uint8Array>;
}

/** Where a tensor lies in its file, row-major and without holes. */
export interface TensorPlace {
  dtype: Dtype;
  shape: readonly number[];
  begin: number;
  end: number;
}

export class RangeTensor implements FileTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  private readonly begin: number;

  constructor(
    private readonly source: ByteSource,
    { dtype, shape, begin, end }: TensorPlace,
  ) {
    this.dtype = dtype;
    this.shape = shape;
    this.begin = begin;
    this.byteLength = end - begin;
  }

  get owned(): boolean {
    return this.source.owned ?? false;
  }

  read(begin = 0, end = this.byteLength): Promise<Uint8Array> {
    return readRange(this.source, this.begin + begin, end - begin);
  }
}

/**
 * Exactly `length` bytes from `offset`.
 * @throws LabError bad-file when there are fewer
 */
export async function readRange(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await source.read(offset, length);
  if (bytes.byteLength === length) return bytes;
  throw new LabError(
    'bad-file',
    `Only ${bytes.byteLength} of ${length} bytes from offset ${offset} of the file could be read.`,
    'Leave the file as it is while it is read, or download it again.',
  );
}
