/** A pattern of a tokenizer.json, parsed. A `set` matches one character; its source is JavaScript's, with the flag v. */
export type Pattern =
  | { kind: 'set'; source: string }
  | { kind: 'sequence'; items: readonly Pattern[] }
  | { kind: 'alternatives'; options: readonly Pattern[] }
  | { kind: 'repeat'; item: Pattern; min: number; max: number; mode: 'greedy' | 'lazy' | 'possessive' }
  | { kind: 'atomic'; item: Pattern }
  | { kind: 'look'; item: Pattern; behind: boolean; negative: boolean }
  /** A condition on the place, as JavaScript source. */
  | { kind: 'place'; source: string };

/** White_Space of Unicode, which is `\s` of Oniguruma and of Rust. `\s` of JavaScript lacks U+0085 and has U+FEFF. */
export const SPACE = '\\p{White_Space}';
/** `\w` of Oniguruma inside a class. */
export const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';
/** `\w` of Oniguruma outside of a class, where it has the numbers of Latin-1, too. */
export const WORD_ALONE = `${WORD}\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}`;
