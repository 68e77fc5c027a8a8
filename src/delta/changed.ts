import { CorruptData } from '../codecs/kit/entropyCoding/bitio';
import { packBytes, unpackBytes } from './packing';

/** The words of a tensor that differ from the base's: their places, as a bitmap or as gaps, and their values. */

/** Returns the indices of the words that differ, in order. */
export function changedWords(base: Uint8Array, tuned: Uint8Array, width: number): Uint32Array {
  const count = base.length / width;
  const found = new Uint32Array(count);
  let changed = 0;
  for (let i = 0; i < count; i++)
    for (let byte = 0; byte < width; byte++)
      if (base[width * i + byte] !== tuned[width * i + byte]) {
        found[changed++] = i;
        break;
      }
  return found.slice(0, changed);
}

/** Returns the words at some indices, one after the other. */
export function wordsAt(bytes: Uint8Array, places: Uint32Array, width: number): Uint8Array {
  const words = new Uint8Array(places.length * width);
  places.forEach((place, i) => words.set(bytes.subarray(width * place, width * (place + 1)), width * i));
  return words;
}

/** Returns a copy of the base with other words at some indices. */
export function withWords(
  base: Uint8Array,
  places: Uint32Array,
  words: Uint8Array,
  width: number,
): Uint8Array {
  const bytes = base.slice();
  places.forEach((place, i) => bytes.set(words.subarray(width * i, width * (i + 1)), width * place));
  return bytes;
}

/** Packs indices as one bit for each of `count` words. */
export function packBitmap(places: Uint32Array, count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8));
  for (const place of places) bits[place >> 3] |= 1 << (place & 7);
  return packBytes(bits);
}

/** Restores indices that `packBitmap` packed. @throws CorruptData */
export function unpackBitmap(packed: Uint8Array | undefined, count: number): Uint32Array {
  const bits = unpackBytes(packed, Math.ceil(count / 8));
  const places = new Uint32Array(bits.reduce((sum, byte) => sum + bitsSet(byte), 0));
  let found = 0;
  bits.forEach((byte, i) => {
    for (let bit = 0; byte >> bit; bit++) if ((byte >> bit) & 1) places[found++] = 8 * i + bit;
  });
  if (places.length > 0 && places.at(-1)! >= count) throw new CorruptData('its bitmap is too long');
  return places;
}

function bitsSet(byte: number): number {
  let count = 0;
  for (let rest = byte; rest; rest &= rest - 1) count++;
  return count;
}

/** Packs indices as the gaps between them, each in groups of seven bits; the high bit says that more follow. */
export function packGaps(places: Uint32Array): { packed: Uint8Array; bytes: number } {
  const bytes: number[] = [];
  let next = 0;
  for (const place of places) {
    let gap = place - next;
    for (; gap >= 128; gap = Math.floor(gap / 128)) bytes.push(128 + (gap % 128));
    bytes.push(gap);
    next = place + 1;
  }
  return { packed: packBytes(Uint8Array.from(bytes)), bytes: bytes.length };
}

/** Restores indices that `packGaps` packed into so many bytes. @throws CorruptData for an index from `count` on */
export function unpackGaps(packed: Uint8Array | undefined, bytes: number, count: number): Uint32Array {
  // A gap takes at most five bytes.
  if (!Number.isSafeInteger(bytes) || bytes < 0 || bytes > 5 * count)
    throw new CorruptData('its gaps are too long');
  const places: number[] = [];
  let [next, gap, factor] = [0, 0, 1];
  for (const byte of unpackBytes(packed, bytes)) {
    gap += (byte & 127) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    places.push(next + gap);
    next += gap + 1;
    [gap, factor] = [0, 1];
    if (next > count) throw new CorruptData('a place is out of range');
  }
  if (factor > 1) throw new CorruptData('its gaps end too early');
  return Uint32Array.from(places);
}
