/** A spelling in full, or the first one with its characters `from` … `to` replaced. */
export type StoredSpelling = string | [from: number, to: number, text: string];

/** Longest spelling and most spellings of a file: a small header must not unfold into much text. */
const MAX_LENGTH = 1000;
const MAX_SPELLINGS = 4096;

/**
 * Spellings after the first as what differs from it, where that is shorter: tensors of one file often have the same codec with
 * another step or group.
 */
export function shortenSpellings(spellings: readonly string[]): StoredSpelling[] {
  const [first] = spellings;
  return spellings.map((spelling, i) => {
    if (i === 0) return spelling;
    const change = difference(first, spelling);
    return JSON.stringify(change).length < JSON.stringify(spelling).length ? change : spelling;
  });
}

/** The inverse; undefined for changes that are out of place, and for more or longer spellings than any file has. */
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
  const most = Math.min(first.length, other.length);
  let from = 0;
  while (from < most && first[from] === other[from]) from++;
  let end = 0;
  while (end < most - from && first[first.length - 1 - end] === other[other.length - 1 - end]) end++;
  return [from, first.length - end, other.slice(from, other.length - end)];
}
