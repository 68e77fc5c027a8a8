import { HALF_EXPONENT } from '../floats';
import { sixteenBitCodec } from '../sixteenBit';
import meta from './meta';
import reference from './reference';

/** Half a unit in the last place: 2⁻¹¹ relative, or half the spacing 2⁻²⁴ of the subnormal halves. */
const errorBound = (largest: number) => Math.max(largest * 2 ** -11, 2 ** -25);

export default sixteenBitCodec(
  meta,
  {
    dtype: 'F16',
    module: 'codecs/float/half',
    exponentMask: HALF_EXPONENT,
    largest: '65,504',
    errorBound,
  },
  reference,
);
