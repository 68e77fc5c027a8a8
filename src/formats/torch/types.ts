import type { Dtype } from '../dtypes';
import { PickleObject } from './pickle/values';
import type { ZipEntry } from './zip';

/** The flat array that tensors are views of: a file in the archive. */
export class TorchStorage extends PickleObject {
  constructor(
    readonly dtype: Dtype,
    /** Number of its elements. */
    readonly elements: number,
    readonly entry: ZipEntry,
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
    /** Where the bytes of its first element begin in the file. */
    readonly begin: number,
    /** Where the bytes of its last element end in the file; `begin` when it has none. */
    readonly end: number,
  ) {
    super();
  }

  get kind(): string {
    return 'a tensor';
  }

  get dtype(): Dtype {
    return this.storage.dtype;
  }
}

export interface TorchFile {
  /** By name, in the order of the file. Two names can share a storage, or be one tensor. */
  tensors: ReadonlyMap<string, TorchTensor>;
}
