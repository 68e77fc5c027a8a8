/** The tokens of a word: ids, and the code units at which they end. */
export interface WordTokens {
  ids: readonly number[];
  ends: readonly number[];
}

/** A model of tokenizer.json: a vocabulary, and how words are cut into its tokens. */
export interface TokenModel {
  vocabulary: ReadonlyMap<string, number>;
  /** Number of tokens as the Rust library counts them. */
  size: number;
  encode(word: string): WordTokens;
  /** Returns the places at which a long word can be cut without a change of its tokens, in order. */
  cuts?(word: string): Iterable<number>;
}
