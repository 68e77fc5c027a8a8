/** A spelling in full, or the first one with its characters `from` … `to` replaced. */
export type StoredSpelling = string | [from: number, to: number, text: string];

/** Limits on a file's spellings, so that a small header cannot expand into much text. */
const MAX_LENGTH = 1000;
const MAX_SPELLINGS = 4096;

/**
 * Replaces spellings after the first by their difference from it where that is shorter. Tensors of one file often have the same
 * codec with another step or group.
 */
export function shortenSpellings(spellings: readonly string[]): StoredSpelling[] {
  const [first] = spellings;
  return spellings.map((spelling, i) => {
    if (i === 0) return spelling;
    const change = difference(first, spelling);
    return JSON.stringify(change).length < JSON.stringify(spelling).length ? change : spelling;
  });
}

/**
 * Undoes `shortenSpellings`.
 * @returns undefined for a difference outside the first spelling, and for spellings beyond the limits
 */
export function expandSpellings(stored: readonly StoredSpelling[]): string[] | undefined {
  const [first] = stored;
  const spellings: string[] = [];
  if (stored.length > MAX_SPELLINGS || (first?.length ?? 0) > MAX_LENGTH) return undefined;
  for (const each of stored) {
    if (typeof each === 'string') {
      spellings.push(each);
      continue;
    }
    const [from, to, text] = each;
    if (typeof first !== 'string' || from > to || to > first.length) return undefined;
    spellings.push(first.slice(0, from) + text + first.slice(to));
  }
  return spellings;
}

function difference(first: string, other: string): [number, number, string] {
  const shorter = Math.min(first.length, other.length);
  let from = 0;
  while (from < shorter && first[from] === other[from]) from++;
  let end = 0;
  while (end < shorter - from && first[first.length - 1 - end] === other[other.length - 1 - end]) end++;
  return [from, first.length - end, other.slice(from, other.length - end)];
}
