import type { Dtype } from '../dtypes';
import { PickleObject } from './pickle/values';

/** A storage class of PyTorch, such as FloatStorage, given by the type of its elements. */
export class StorageType extends PickleObject {
  constructor(readonly dtype: Dtype) {
    super();
  }

  get kind(): string {
    return 'a storage class';
  }
}

const DTYPES: readonly (readonly [name: string, dtype: Dtype])[] = [
  ['FloatStorage', 'F32'],
  ['HalfStorage', 'F16'],
  ['BFloat16Storage', 'BF16'],
  ['DoubleStorage', 'F64'],
  ['LongStorage', 'I64'],
  ['IntStorage', 'I32'],
  ['ShortStorage', 'I16'],
  ['CharStorage', 'I8'],
  ['ByteStorage', 'U8'],
  ['BoolStorage', 'BOOL'],
  ['ComplexFloatStorage', 'C64'],
];

/** Storage classes by the name that a pickle uses. Those for quantised and complex128 elements are not supported. */
export const storageTypes: ReadonlyMap<string, StorageType> = new Map(
  DTYPES.map(([name, dtype]) => [`torch.${name}`, new StorageType(dtype)]),
);
