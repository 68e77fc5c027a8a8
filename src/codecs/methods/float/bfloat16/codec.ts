import { BFLOAT16_EXPONENT } from '../../../kit/storedFloats';
import { sixteenBitCodec } from '../../../kit/sixteenBit';
import meta from './meta';
import reference from './reference';

/** Half a unit in the last place: 2⁻⁸ relative, or half the spacing 2⁻¹³³ of the subnormal bfloat16. */
const errorBound = (largest: number) => Math.max(largest * 2 ** -8, 2 ** -134);

export default sixteenBitCodec(
  meta,
  {
    dtype: 'BF16',
    module: 'codecs/bfloat16/bfloat16',
    exponentMask: BFLOAT16_EXPONENT,
    largest: '3.39e38',
    errorBound,
  },
  reference,
);
