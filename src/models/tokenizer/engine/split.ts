import { sliceAligned, type AlignedText } from './alignedText';

/** A part of a text, from one code unit to before another, and whether it matches. All parts together are the text. */
type Part = readonly [from: number, to: number, matches: boolean];
/** Cuts a text into parts that match and parts that do not. */
export type Finder = (text: string) => Iterable<Part>;

export const BEHAVIORS = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
/** What becomes of the parts that match (`SplitDelimiterBehavior` of the Rust library). */
export type Behavior = (typeof BEHAVIORS)[number];

/** Splits a text by the parts that `find` returns. Empty parts are left out. */
export function* splitAligned(source: AlignedText, find: Finder, behavior: Behavior): Generator<AlignedText> {
  for (const [from, to] of JOINED[behavior](find(source.text)))
    if (to > from) yield sliceAligned(source, from, to);
}

const JOINED: Record<Behavior, (parts: Iterable<Part>) => Iterable<Part>> = {
  Isolated: (parts) => parts,
  *Removed(parts) {
    for (const part of parts) if (!part[2]) yield part;
  },
  *Contiguous(parts) {
    let last: Part | undefined;
    for (const part of parts) {
      if (last && last[2] !== part[2]) yield last;
      last = last && last[2] === part[2] ? [last[0], part[1], part[2]] : part;
    }
    if (last) yield last;
  },
  *MergedWithPrevious(parts) {
    let last: Part | undefined;
    for (const part of parts) {
      if (last && part[2] && !last[2]) {
        last = [last[0], part[1], true];
      } else {
        if (last) yield last;
        last = part;
      }
    }
    if (last) yield last;
  },
  *MergedWithNext(parts) {
    let waiting: Part | undefined;
    for (const part of parts) {
      if (part[2]) {
        if (waiting) yield waiting;
        waiting = part;
      } else {
        yield waiting ? [waiting[0], part[1], false] : part;
        waiting = undefined;
      }
    }
    if (waiting) yield waiting;
  },
};

/** Returns the finder of a global pattern. An empty match right after a match does not count, as in Oniguruma. */
export function patternFinder(pattern: RegExp): Finder {
  return function* (text) {
    if (text === '') return;
    let [end, next] = [0, 0];
    let lastMatch = -1;
    for (;;) {
      pattern.lastIndex = next;
      const found = pattern.exec(text);
      if (!found) break;
      const [from, to] = [found.index, found.index + found[0].length];
      next = to > from ? to : to + characterLength(text, to);
      if (from === to && to === lastMatch) {
        if (next > text.length) break;
        continue;
      }
      if (from > end) yield [end, from, false];
      yield [from, to, true];
      end = lastMatch = to;
      if (next > text.length) break;
    }
    if (end < text.length) yield [end, text.length, false];
  };
}

function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

/** Returns the finder of single characters. */
export function characterFinder(pattern: RegExp): Finder {
  return patternFinder(new RegExp(pattern.source, `g${pattern.flags.replace('g', '')}`));
}

/** Exchanges the parts that match and those that do not. */
export function inverted(find: Finder): Finder {
  return function* (text) {
    for (const [from, to, matches] of find(text)) yield [from, to, !matches];
  };
}

/** Returns a text in which no character has a meaning in a pattern with the flag v. */
export function escaped(text: string): string {
  return Array.from(text, (c) =>
    /[\p{L}\p{N}]/u.test(c) ? c : `\\u{${c.codePointAt(0)!.toString(16)}}`,
  ).join('');
}
