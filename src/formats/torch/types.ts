import type { Dtype } from '../dtypes';
import { PickleObject } from './pickle/values';

/** Where the bytes of a storage lie in the file. */
export interface StoragePlace {
  name: string;
  begin: number;
  byteLength: number;
  /** The checksum written beside it, where the format has one. */
  crc32?: number;
}

/**
 * Finds the storage of a key, which should have this many elements and bytes.
 * @throws LabError bad-file, unsupported
 */
export type FindStorage = (key: string, elements: number, byteLength: number) => StoragePlace;

/** The flat array that tensors are views of. */
export class TorchStorage extends PickleObject {
  constructor(
    readonly dtype: Dtype,
    /** Number of its elements. */
    readonly elements: number,
    readonly place: StoragePlace,
  ) {
    super();
  }

  get kind(): string {
    return 'a storage';
  }
}

/** A tensor as the file describes it: checked to lie inside its storage. */
export class TorchTensor extends PickleObject {
  constructor(
    readonly storage: TorchStorage,
    /** Sizes of its dimensions. */
    readonly shape: readonly number[],
    /** Elements from one index to the next, by dimension. */
    readonly strides: readonly number[],
    /** Where its first element begins in the storage, in bytes. */
    private readonly offset: number,
    /** Bytes from its first element to the end of its last; 0 when it has none. */
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

  /** Where the bytes of its first element begin in the file. */
  get begin(): number {
    return this.storage.place.begin + this.offset;
  }

  /** Where the bytes of its last element end in the file; `begin` when it has none. */
  get end(): number {
    return this.begin + this.span;
  }
}

export interface TorchFile {
  /** By name, in the order of the file. Two names can share a storage, or be one tensor. */
  tensors: ReadonlyMap<string, TorchTensor>;
}
