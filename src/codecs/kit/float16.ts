import { floatsToHalves, halvesToFloats } from '../../base/float16';
import type { Codec } from '../contract/codec';
import type { CodecMeta } from '../contract/meta';
import { sixteenBitCodec, sixteenBitReference } from './sixteenBit';
import { HALF_EXPONENT } from './storedFloats';

/** Half a unit in the last place: 2⁻¹¹ relative, or half the spacing 2⁻²⁴ of the subnormal halves. */
const errorBound = (largest: number) => Math.max(largest * 2 ** -11, 2 ** -25);
const FORMAT = { exponentMask: HALF_EXPONENT, largest: '65,504' };

const float16Reference = sixteenBitReference(FORMAT, {
  encode: floatsToHalves,
  decode: halvesToFloats,
});

/** Every weight as IEEE 754 binary16, rounded to nearest, ties to even. */
export function float16Codec(meta: CodecMeta): Codec {
  const format = { ...FORMAT, dtype: 'F16', module: 'codecs/kit/float16/half', errorBound } as const;
  return sixteenBitCodec(meta, format, float16Reference);
}
