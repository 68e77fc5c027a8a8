import { readRange, type ByteSource } from './byteSource';
import type { Dtype } from './dtypes';

/** A tensor in a file, whose values are read on demand. */
export interface FileTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** The size of its values in bytes. */
  readonly byteLength: number;
  /** Whether the caller may change the bytes it reads; otherwise they may be a view of shared bytes. */
  readonly owned: boolean;
  /**
   * Reads bytes `begin` to `end` (by default all) of its values in row-major order.
   * @throws LabError bad-file if the file has become shorter, and what the source throws
   */
  read(begin?: number, end?: number): Promise<Uint8Array>;
}

/** The location of a contiguous, row-major tensor in its file. */
export interface TensorPlace {
  dtype: Dtype;
  shape: readonly number[];
  /** Byte offsets in the file; `end` is exclusive. */
  begin: number;
  end: number;
}

/** A tensor whose values are one contiguous range of the file. */
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
