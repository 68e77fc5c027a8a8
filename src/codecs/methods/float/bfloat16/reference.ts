import { bfloat16sToFloats, floatsToBfloat16s } from '../../../../base/float16';
import { BFLOAT16_EXPONENT } from '../../../kit/storedFloats';
import { sixteenBitReference } from '../../../kit/sixteenBit';

export default sixteenBitReference(
  { exponentMask: BFLOAT16_EXPONENT, largest: '3.39e38' },
  { encode: floatsToBfloat16s, decode: bfloat16sToFloats },
);
