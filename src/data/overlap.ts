import type { ImageData } from './datasets';

/** Letters of a passage, enough that two texts share none by chance; stories of one kind share up to a hundred letters. */
const PASSAGE_LETTERS = 150;

/**
 * Finds the images of `images` that are also in `others`, pixel for pixel, whatever their labels.
 * @returns their indices; none where the sets differ in size or channels
 */
export function imagesInBoth(images: ImageData, others: ImageData): number[] {
  if (images.size !== others.size || images.channels !== others.channels) return [];
  const byHash = new Map<number, number[]>();
  for (let i = 0; i < others.count; i++) {
    add(byHash, hashOf(pixelsOf(others, i)), i);
  }
  return Array.from({ length: images.count }, (_, i) => i).filter((i) => {
    const pixels = pixelsOf(images, i);
    return byHash.get(hashOf(pixels))?.some((other) => equal(pixels, pixelsOf(others, other)));
  });
}

function pixelsOf({ pixels, size, channels }: ImageData, index: number): Uint8Array {
  const length = channels * size ** 2;
  return pixels.subarray(index * length, (index + 1) * length);
}

function add<T>(lists: Map<number, T[]>, key: number, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** The FNV-1a hash of 32 bits. Images of equal hashes are compared byte by byte. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i]);
}

/** How many passages of one text another text contains. */
export interface PassagesInBoth {
  found: number;
  /** Number of passages that were looked for. */
  of: number;
  /** The beginning of the first passage found; absent if none is. */
  first?: string;
}

/**
 * Counts the passages of `other` that occur anywhere in `text`. Only letters and digits are compared, so that line
 * breaks, case and punctuation make no difference. `other` is cut into passages of 150 of them, so that any 299 in a
 * row contain a whole passage.
 */
export function passagesInBoth(text: string, other: string): PassagesInBoth {
  const [haystack, letters] = [lettersOf(text), lettersOf(other)];
  const of = Math.floor(letters.length / PASSAGE_LETTERS);
  const passages = Array.from({ length: of }, (_, i) =>
    letters.slice(i * PASSAGE_LETTERS, (i + 1) * PASSAGE_LETTERS),
  );
  const found = occurring(haystack, passages);
  const first = passages.findIndex((passage) => found.has(passage));
  return {
    found: passages.filter((passage) => found.has(passage)).length,
    of,
    ...(first >= 0 && { first: excerpt(other, first * PASSAGE_LETTERS) }),
  };
}

function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

const BASE = 0x01000193;

/** Finds which passages, all of one length, occur, by a rolling hash (Karp and Rabin 1987); matches are compared in full. */
function occurring(haystack: string, passages: readonly string[]): Set<string> {
  const byHash = new Map<number, string[]>();
  // This rules out almost every position of the text, much faster than the map does.
  const possible = new Uint8Array(2 ** 20);
  for (const passage of new Set(passages)) {
    let hash = 0;
    for (let i = 0; i < passage.length; i++) hash = rolled(hash, passage.charCodeAt(i));
    add(byHash, hash, passage);
    possible[hash >>> 12] = 1;
  }
  const found = new Set<string>();
  const leaves = leavingFactor(PASSAGE_LETTERS);
  let hash = 0;
  for (let end = 0; end < haystack.length; end++) {
    const start = end - PASSAGE_LETTERS + 1;
    if (start > 0) hash = (hash - Math.imul(haystack.charCodeAt(start - 1), leaves)) | 0;
    hash = rolled(hash, haystack.charCodeAt(end));
    if (start >= 0 && possible[hash >>> 12])
      for (const passage of byHash.get(hash) ?? [])
        if (haystack.startsWith(passage, start)) found.add(passage);
  }
  return found;
}

function rolled(hash: number, unit: number): number {
  return (Math.imul(hash, BASE) + unit) | 0;
}

/** The factor of the oldest of `length` units in the hash. */
function leavingFactor(length: number): number {
  let factor = 1;
  for (let i = 1; i < length; i++) factor = Math.imul(factor, BASE);
  return factor;
}

/** The 60 characters from a letter on, on one line. */
function excerpt(text: string, letter: number): string {
  let at = 0;
  for (const { index } of text.matchAll(/[\p{L}\p{N}]/gu)) {
    at = index;
    if (letter-- === 0) break;
  }
  return text.slice(at, at + 60).replace(/\s+/g, ' ');
}
