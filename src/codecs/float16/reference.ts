import { floatsToHalves, halvesToFloats } from '../../base/float16';
import { HALF_EXPONENT } from '../floats';
import { sixteenBitReference } from '../sixteenBit';

export default sixteenBitReference(
  { exponentMask: HALF_EXPONENT, largest: '65,504' },
  { encode: floatsToHalves, decode: halvesToFloats },
);
