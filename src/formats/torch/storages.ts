import type { Dtype } from '../dtypes';
import { PickleObject } from './pickle/values';

/** A class of storages in torch: the type of their elements. */
export class StorageType extends PickleObject {
  constructor(readonly dtype: Dtype) {
    super();
  }

  get kind(): string {
    return 'a type of storage';
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

/** Storage classes by the name a pickle uses. Quantised and double-width complex ones are not among them. */
export const storageTypes: ReadonlyMap<string, StorageType> = new Map(
  DTYPES.map(([name, dtype]) => [`torch.${name}`, new StorageType(dtype)]),
);
