import { floatsToHalves, halvesToFloats } from '../../base/float16';
import { sixteenBitFloats } from './sixteenBit';
import { HALF_EXPONENT } from './storedFloats';

/** The definition of the codec that stores every weight as IEEE 754 binary16, rounded to nearest, ties to even. */
export const float16 = sixteenBitFloats({
  label: 'float16',
  dtype: 'F16',
  module: 'codecs/kit/float16/half',
  exponentMask: HALF_EXPONENT,
  largest: '65,504',
  toBits: floatsToHalves,
  toFloats: halvesToFloats,
  // Half a unit in the last place: 2⁻¹¹ relative, or half the spacing 2⁻²⁴ of the subnormal halves.
  errorBound: (largest) => Math.max(largest * 2 ** -11, 2 ** -25),
});
