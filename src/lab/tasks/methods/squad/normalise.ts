/**
 * The normalisation and the two measures of the official script of SQuAD 1.1 (evaluate-v1.1.py): lower case, without punctuation of
 * ASCII, without the articles a, an and the, white space as single spaces.
 */

/** The characters of Python's string.punctuation. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g;
/** An article between boundaries of words, which in Python are those of Unicode. */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** Returns the words of an answer that are compared. */
function normalisedWords(answer: string): string[] {
  const text = answer.toLowerCase().replace(PUNCTUATION, '').replace(ARTICLES, ' ').trim();
  return text === '' ? [] : text.split(/\s+/);
}

/** Returns 1 if two answers are equal after normalisation, otherwise 0. */
export function exactMatch(given: string, right: string): number {
  return Number(normalisedWords(given).join(' ') === normalisedWords(right).join(' '));
}

/** Returns the harmonic mean of the shares of words in common, counted with multiplicity; 0 without any. */
export function tokenF1(given: string, right: string): number {
  const [own, other] = [normalisedWords(given), normalisedWords(right)];
  const left = new Map<string, number>();
  for (const word of other) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of own) {
    const count = left.get(word) ?? 0;
    if (count > 0) common++;
    left.set(word, count - 1);
  }
  return common === 0 ? 0 : (2 * common) / (own.length + other.length);
}
