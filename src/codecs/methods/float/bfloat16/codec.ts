import { bfloat16sToFloats, floatsToBfloat16s } from '../../../../base/float16';
import { defineCodec } from '../../../contract/defineCodec';
import { sixteenBitFloats } from '../../../kit/sixteenBit';
import { BFLOAT16_EXPONENT } from '../../../kit/storedFloats';
import meta from './meta';

const bfloat16 = sixteenBitFloats({
  label: meta.label,
  dtype: 'BF16',
  module: 'codecs/bfloat16/bfloat16',
  exponentMask: BFLOAT16_EXPONENT,
  largest: '3.39e38',
  toBits: floatsToBfloat16s,
  toFloats: bfloat16sToFloats,
  // Half a unit in the last place: 2⁻⁸ relative, or half the spacing 2⁻¹³³ of the subnormal bfloat16.
  errorBound: (largest) => Math.max(largest * 2 ** -8, 2 ** -134),
});

export default defineCodec(meta, bfloat16);
