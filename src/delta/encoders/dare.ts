import { floatsToHalves, halvesToFloats } from '../../base/float16';
import { KeyedRandom } from '../../base/random';
import { CorruptData } from '../../codecs/kit/entropyCoding/bitio';
import type { DeltaEncoder } from '../encoder';
import { packPlanes, unpackPlanes } from '../packing';
import { differenceOf, restoredValues, valueCount } from '../pair';

/** The share of differences that are dropped. */
const DROP = 0.9;
const STREAM = 0xda2e;

/**
 * Drops nine differences of ten at random and multiplies the others by ten, so that their expected sum is kept: DARE
 * (https://arxiv.org/abs/2311.03099). The seed stands for the places; the kept differences are float16. The error of the weights is three
 * times the difference itself, so no limit of the error ever admits it; models may bear it all the same.
 */
const dare: DeltaEncoder = {
  id: 'dare',
  label: 'a random tenth of the differences, times ten, in float16',
  isExact: false,
  isOptional: true,
  encode(pair, { seed }) {
    const difference = differenceOf(pair);
    const kept = difference.filter(keeps(seed)).map((value) => value / (1 - DROP));
    const halves = floatsToHalves(kept);
    if (halves.some((half) => (half & 0x7c00) === 0x7c00)) return undefined;
    return {
      parts: packPlanes(new Uint8Array(halves.buffer), 2),
      settings: { seed, kept: kept.length },
    };
  },
  decode({ parts, settings: { seed, kept }, dtype, base }) {
    const count = valueCount(dtype, base);
    const keep = keeps(seed);
    const places = Array.from({ length: count }, (_, i) => i).filter((i) => keep(0, i));
    if (places.length !== kept) throw new CorruptData('it keeps another number of differences');
    const halves = new Uint16Array(unpackPlanes(parts, kept, 2).buffer);
    if (halves.some((half) => (half & 0x7c00) === 0x7c00))
      throw new CorruptData('a difference is not finite');
    const difference = new Float32Array(count);
    halvesToFloats(halves).forEach((value, i) => (difference[places[i]] = value));
    return restoredValues(dtype, base, difference);
  },
};
export default dare;

/** Returns whether the difference at an index is kept. */
function keeps(seed: number): (value: number, index: number) => boolean {
  const random = new KeyedRandom(seed, STREAM);
  return (_, index) => random.uniformAt(index) >= DROP;
}
