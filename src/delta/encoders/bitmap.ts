import { changedWords, packBitmap, unpackBitmap, withWords, wordsAt } from '../changed';
import type { DeltaEncoder } from '../encoder';
import { packPlanes, unpackPlanes } from '../packing';
import { wordBytes } from '../pair';

/** Stores a bit for each word, whether it changed, and the changed words. */
const bitmap: DeltaEncoder = {
  id: 'bitmap',
  label: 'a bitmap of changed words, and their values',
  isExact: true,
  encode({ dtype, base, tuned }) {
    const width = wordBytes(dtype);
    const places = changedWords(base, tuned, width);
    return {
      parts: {
        places: packBitmap(places, base.length / width),
        ...packPlanes(wordsAt(tuned, places, width), width),
      },
    };
  },
  decode({ parts, dtype, base }) {
    const width = wordBytes(dtype);
    const places = unpackBitmap(parts.get('places'), base.length / width);
    return withWords(base, places, unpackPlanes(parts, places.length, width), width);
  },
};
export default bitmap;
