import type { Fields } from '../fields';

/** Returns the `vocab` of a model, which maps tokens to ids; their range has been checked. */
export function vocabularyOf(fields: Fields): Map<string, number> {
  const vocab = fields.any('vocab');
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab))
    throw fields.refused('has no vocab');
  return new Map(Object.entries(vocab as Record<string, number>));
}

/** Maximum number of words whose tokens are kept. */
const MAX_KEPT = 100_000;
/** Maximum length of a word that is kept, in code units. */
const MAX_KEPT_LENGTH = 256;

/** Returns `encode` with a memory, since words repeat. */
export function remembered<T>(encode: (word: string) => T): (word: string) => T {
  const known = new Map<string, T>();
  return (word) => {
    const found = known.get(word);
    if (found !== undefined) return found;
    const tokens = encode(word);
    if (word.length > MAX_KEPT_LENGTH) return tokens;
    if (known.size >= MAX_KEPT) known.clear();
    known.set(word, tokens);
    return tokens;
  };
}

const encoder = new TextEncoder();

/** Returns the ids of the tokens <0x00> to <0xFF> for the bytes of a text, or undefined if one is missing. */
export function byteTokens(vocabulary: ReadonlyMap<string, number>, text: string): number[] | undefined {
  const ids: number[] = [];
  for (const byte of encoder.encode(text)) {
    const id = vocabulary.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (id === undefined) return undefined;
    ids.push(id);
  }
  return ids;
}
