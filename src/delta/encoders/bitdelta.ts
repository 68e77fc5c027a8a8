import { CorruptData } from '../../codecs/kit/entropyCoding/bitio';
import type { DeltaEncoder } from '../encoder';
import { differenceOf, restoredValues, valueCount } from '../pair';

/** Stores the sign of every difference and one scale, mean|Δ|: BitDelta (https://arxiv.org/abs/2402.10193), without its distillation. */
const bitdelta: DeltaEncoder = {
  id: 'bitdelta',
  label: 'one bit for each sign, and one scale',
  isExact: false,
  encode(pair) {
    const difference = differenceOf(pair);
    const signs = new Uint8Array(Math.ceil(difference.length / 8));
    let sum = 0;
    difference.forEach((value, i) => {
      sum += Math.abs(value);
      if (value < 0) signs[i >> 3] |= 1 << (i & 7);
    });
    return { parts: { signs }, settings: { scale: Math.fround(sum / difference.length) } };
  },
  decode({ parts, settings, dtype, base }) {
    const count = valueCount(dtype, base);
    const { scale } = settings;
    const signs = parts.get('signs');
    if (signs?.length !== Math.ceil(count / 8)) throw new CorruptData('its signs have the wrong length');
    if (!Number.isFinite(scale)) throw new CorruptData('its scale is not finite');
    const difference = Float32Array.from({ length: count }, (_, i) =>
      (signs[i >> 3] >> (i & 7)) & 1 ? -scale : scale,
    );
    return restoredValues(dtype, base, difference);
  },
};
export default bitdelta;
