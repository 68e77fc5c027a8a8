import { packGaps, unpackGaps, withWords, wordsAt } from '../changed';
import type { DeltaEncoder } from '../encoder';
import { decodeInt8, encodeInt8 } from '../int8';
import { packPlanes, unpackPlanes } from '../packing';
import { differenceOf, restoredValues, wordBytes } from '../pair';

/** The share of values that are stored exactly: those of the largest differences. */
const SHARE = 0.005;

/** Stores the largest differences exactly and the others as int8 codes, whose scales are finer without them. */
const int8Outliers: DeltaEncoder = {
  id: 'int8-outliers',
  label: 'int8 codes, and the largest 0.5 % of the differences exactly',
  isExact: false,
  encode(pair) {
    const difference = differenceOf(pair);
    const places = largest(difference, Math.floor(SHARE * difference.length));
    if (places.length === 0) return undefined;
    for (const place of places) difference[place] = 0;
    const width = wordBytes(pair.dtype);
    const { packed, bytes } = packGaps(places);
    return {
      parts: {
        ...encodeInt8(difference, pair.shape),
        places: packed,
        ...packPlanes(wordsAt(pair.tuned, places, width), width),
      },
      settings: { bytes },
    };
  },
  decode({ parts, settings, shape, dtype, base }) {
    const values = restoredValues(dtype, base, decodeInt8(parts, shape));
    const width = wordBytes(dtype);
    const places = unpackGaps(parts.get('places'), settings.bytes, base.length / width);
    return withWords(values, places, unpackPlanes(parts, places.length, width), width);
  },
};
export default int8Outliers;

/** Returns the indices of the `count` largest magnitudes, in order. */
function largest(values: Float32Array, count: number): Uint32Array {
  if (count === 0) return new Uint32Array();
  const magnitudes = values.map(Math.abs);
  const threshold = magnitudes.slice().sort()[values.length - count];
  const found: number[] = [];
  magnitudes.forEach((magnitude, i) => {
    if (magnitude >= threshold && magnitude > 0 && found.length < count) found.push(i);
  });
  return Uint32Array.from(found);
}
