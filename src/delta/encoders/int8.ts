import type { DeltaEncoder } from '../encoder';
import { decodeInt8, encodeInt8 } from '../int8';
import { differenceOf, restoredValues } from '../pair';

/** Stores the difference as int8 codes with a scale for each row. */
const int8: DeltaEncoder = {
  id: 'int8',
  label: 'int8 codes, with a scale for each row',
  isExact: false,
  encode: (pair) => ({ parts: encodeInt8(differenceOf(pair), pair.shape) }),
  decode: ({ parts, shape, dtype, base }) => restoredValues(dtype, base, decodeInt8(parts, shape)),
};
export default int8;
