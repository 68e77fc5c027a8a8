import { changedWords, packGaps, unpackGaps, withWords, wordsAt } from '../changed';
import type { DeltaEncoder } from '../encoder';
import { packPlanes, unpackPlanes } from '../packing';
import { wordBytes } from '../pair';

/** Stores the gaps between changed words, and the changed words. */
const gaps: DeltaEncoder = {
  id: 'gaps',
  label: 'gaps between changed words, and their values',
  isExact: true,
  encode({ dtype, base, tuned }) {
    const width = wordBytes(dtype);
    const places = changedWords(base, tuned, width);
    // A gap takes a byte at least, and a bitmap an eighth of one for each word.
    if (places.length > base.length / width / 4) return undefined;
    const { packed, bytes } = packGaps(places);
    return {
      parts: { places: packed, ...packPlanes(wordsAt(tuned, places, width), width) },
      settings: { bytes },
    };
  },
  decode({ parts, settings, dtype, base }) {
    const width = wordBytes(dtype);
    const places = unpackGaps(parts.get('places'), settings.bytes, base.length / width);
    return withWords(base, places, unpackPlanes(parts, places.length, width), width);
  },
};
export default gaps;
