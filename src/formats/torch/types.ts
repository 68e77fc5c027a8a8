import type { Dtype } from '../dtypes';
import { PickleObject } from './pickle/values';

/** The location of the bytes of a storage in the file. */
export interface StoragePlace {
  name: string;
  begin: number;
  byteLength: number;
  /** Its CRC-32 in the archive; absent if the format has none. */
  crc32?: number;
}

/**
 * Finds the storage with a key, which should have the given number of elements and bytes.
 * @throws LabError bad-file, unsupported
 */
export type FindStorage = (key: string, elements: number, byteLength: number) => StoragePlace;

/** A one-dimensional array of which tensors are views. */
export class TorchStorage extends PickleObject {
  constructor(
    readonly dtype: Dtype,
    /** The number of elements. */
    readonly elements: number,
    readonly place: StoragePlace,
  ) {
    super();
  }

  get kind(): string {
    return 'a storage';
  }
}

/** A tensor as the file describes it, which lies inside its storage. */
export class TorchTensor extends PickleObject {
  constructor(
    readonly storage: TorchStorage,
    /** Sizes of its dimensions. */
    readonly shape: readonly number[],
    /** For each dimension, the number of elements from one index to the next. */
    readonly strides: readonly number[],
    /** Byte offset of its first element in the storage. */
    private readonly offset: number,
    /** The number of bytes from its first element to the end of its last; 0 for an empty tensor. */
    private readonly span: number,
  ) {
    super();
  }

  get kind(): string {
    return 'a tensor';
  }

  get dtype(): Dtype {
    return this.storage.dtype;
  }

  /** Byte offset of its first element in the file. */
  get begin(): number {
    return this.storage.place.begin + this.offset;
  }

  /** Byte offset in the file of the end of its last element; `begin` for an empty tensor. */
  get end(): number {
    return this.begin + this.span;
  }
}

/** The state dict of a PyTorch file. */
export interface TorchFile {
  /** Tensors by name, in file order. Two names can share a storage or a tensor. */
  tensors: ReadonlyMap<string, TorchTensor>;
}
