import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { readCode, writeCode } from '../../../../kit/bits';
import { halfBytes, halfValues, requireHalfRange, toHalf } from '../../../../kit/halves';
import { ENTRIES, GROUP, type AdditiveLayout, type AdditiveParts } from './layout';

/** Every step is rounded to float32: the start makes exact ties, which another rounding would break in another way. */
const { fround } = Math;

/** Two codebooks of four: w ≈ first[q1] + second[q2]. */
interface CodebookPair {
  first: number[];
  second: number[];
}

/** Makes the faithful start: order statistics at i·len/4, and −R/10 … R/10 with R the range. */
export function faithfulStart(group: Float32Array): CodebookPair {
  const sorted = group.slice().sort();
  const range = fround(sorted[sorted.length - 1] - sorted[0]);
  return {
    first: [0, 1, 2, 3].map((i) => sorted[Math.floor((i * sorted.length) / ENTRIES)]),
    second: [-0.1, -0.1 / 3, 0.1 / 3, 0.1].map((x) => fround(range * fround(x))),
  };
}

/** Makes the corrected start: the sums of both are the sixteen even levels of the range. */
function evenStart(group: Float32Array): CodebookPair {
  const low = group.reduce((a, b) => Math.min(a, b));
  const range = fround(group.reduce((a, b) => Math.max(a, b)) - low);
  return {
    first: [0.125, 0.375, 0.625, 0.875].map((x) => fround(low + fround(range * x))),
    second: [-1.5, -0.5, 0.5, 1.5].map((x) => fround((range / 16) * x)),
  };
}

/** Finds the nearest of the sixteen sums; on a tie the lower q1, then the lower q2. */
function nearestPair(w: number, { first, second }: CodebookPair): [q1: number, q2: number] {
  let best: [number, number] = [0, 0];
  let least = Infinity;
  for (let a = 0; a < ENTRIES; a++)
    for (let b = 0; b < ENTRIES; b++) {
      const error = Math.abs(fround(w - fround(first[a] + second[b])));
      if (error < least) [least, best] = [error, [a, b]];
    }
  return best;
}

/** Computes the mean of the values that chose each entry. An entry that none chose stays. */
function means(old: number[], chosen: number[], values: number[]): number[] {
  return old.map((entry, k) => {
    const members = values.filter((_, i) => chosen[i] === k);
    if (members.length === 0) return entry;
    return fround(members.reduce((sum, x) => fround(sum + x), 0) / members.length);
  });
}

/** Runs one round: the best pairs, then the first codebook given the second, then the second given the first. */
export function updateBooks(
  group: Float32Array,
  books: CodebookPair,
): { pairs: [number, number][]; books: CodebookPair } {
  const pairs = Array.from(group, (w) => nearestPair(w, books));
  const [q1, q2] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
  const first = means(
    books.first,
    q1,
    Array.from(group, (w, i) => fround(w - books.second[q2[i]])),
  );
  const second = means(
    books.second,
    q2,
    Array.from(group, (w, i) => fround(w - first[q1[i]])),
  );
  return { pairs, books: { first, second } };
}

/** The definition of Tenpak's AQLM. */
export const additiveReference: ReferenceDefinition<AdditiveLayout, AdditiveParts> = {
  encode(values, { rounds, faithful }) {
    requireHalfRange('The matrix', values);
    const rounding = faithful ? 'truncate' : 'nearest';
    const codes = new Uint8Array(Math.ceil(values.length / 2));
    const stored: number[] = [];
    for (let at = 0; at < values.length; at += GROUP) {
      const group = values.subarray(at, at + GROUP);
      let books = faithful ? faithfulStart(group) : evenStart(group);
      let pairs: [number, number][] = [];
      for (let round = 0; round < rounds; round++) ({ pairs, books } = updateBooks(group, books));
      const halves = [...books.first, ...books.second].map((x) => toHalf(x, rounding));
      const last = { first: halves.slice(0, ENTRIES), second: halves.slice(ENTRIES) };
      if (!faithful) pairs = Array.from(group, (w) => nearestPair(w, last));
      pairs.forEach(([a, b], i) => writeCode(codes, 0, at + i, 4, a + ENTRIES * b));
      stored.push(...halves);
    }
    return { codes, codebooks: halfBytes(stored, rounding) };
  },

  decode(parts, { elements }) {
    const books = halfValues(parts.codebooks);
    return Float32Array.from({ length: elements }, (_, i) => {
      const code = readCode(parts.codes, 0, i, 4);
      const book = 2 * ENTRIES * Math.floor(i / GROUP);
      return books[book + (code % ENTRIES)] + books[book + ENTRIES + Math.floor(code / ENTRIES)];
    });
  },
};
