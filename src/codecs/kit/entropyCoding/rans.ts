/**
 * Static order-0 rANS, the range variant of asymmetric numeral systems (Duda 2013, https://arxiv.org/abs/1311.2540):
 * 32-bit state, 16-bit output words, frequencies in 1/4096. Between symbols 2¹⁶ ≤ x < 2³². This file is the definition in
 * plain loops; shaders/codecs/rans does the same on the GPU, word for word.
 */

/** Precision of the frequencies: they add up to M = 2^12. */
export const PRECISION = 12;
export const M = 2 ** PRECISION;
/** Lower bound of the state, and its value before the first symbol. */
const LOWER = 2 ** 16;
const WORD = 2 ** 16;
/** A symbol of frequency f is coded when x < f·2^20; else a word is written first. Numbers are doubles: f = M gives 2^32. */
const RENORMALISE = 2 ** (32 - PRECISION);

/** Frequencies of the symbols 0 … K − 1, their exclusive prefix sums, and the symbol of each slot 0 … M − 1. */
export interface SymbolTable {
  frequencies: Uint16Array;
  starts: Uint16Array;
  slots: Uint8Array;
}

/**
 * Frequencies that add up to M: f = max(1, ⌊weight·M ÷ total⌋) for each weight above zero, what is missing goes to the
 * first largest, what is too much is taken off the current largest one by one.
 * @param weights non-negative, at least one positive, at most M positive ones
 */
export function normalise(weights: ArrayLike<number>): Uint16Array {
  let total = 0;
  for (let s = 0; s < weights.length; s++) total += weights[s];
  const frequencies = Uint16Array.from(weights, (weight) =>
    weight > 0 ? Math.max(1, Math.floor((weight * M) / total)) : 0,
  );
  let sum = frequencies.reduce((a, b) => a + b, 0);
  if (sum < M) frequencies[largest(frequencies)] += M - sum;
  for (; sum > M; sum--) frequencies[largest(frequencies)]--;
  return frequencies;
}

/** Index of the first largest. */
function largest(values: Uint16Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

export function symbolTable(frequencies: Uint16Array): SymbolTable {
  const starts = new Uint16Array(frequencies.length);
  const slots = new Uint8Array(M);
  let start = 0;
  for (let s = 0; s < frequencies.length; s++) {
    starts[s] = start;
    slots.fill(s, start, start + frequencies[s]);
    start += frequencies[s];
  }
  return { frequencies, starts, slots };
}

/** The table that codes symbol `index` of a sequence. */
export type TableOf = (index: number) => SymbolTable;

/**
 * Codes symbols [first, first + count) into 16-bit words; decoding reads the words from the last to the first.
 * Every symbol must have a frequency above zero in its table.
 */
export function encodeStream(
  symbols: Uint8Array,
  first: number,
  count: number,
  tableOf: TableOf,
): Uint16Array {
  const words: number[] = [];
  let x = LOWER;
  for (let i = first + count - 1; i >= first; i--) {
    const { frequencies, starts } = tableOf(i);
    const f = frequencies[symbols[i]];
    while (x >= RENORMALISE * f) {
      words.push(x % WORD);
      x = Math.floor(x / WORD);
    }
    x = Math.floor(x / f) * M + starts[symbols[i]] + (x % f);
  }
  words.push(x % WORD, Math.floor(x / WORD));
  return Uint16Array.from(words);
}

/**
 * Fills symbols [first, first + count) from the words of one stream.
 * @returns false when the words are not what `encodeStream` writes: too few, too many, or not ending in the first state
 */
export function decodeStream(
  words: Uint16Array,
  symbols: Uint8Array,
  first: number,
  count: number,
  tableOf: TableOf,
): boolean {
  let at = words.length - 2;
  let x = words[at + 1] * WORD + words[at];
  if (!(x >= LOWER)) return false;
  for (let i = first; i < first + count; i++) {
    const { frequencies, starts, slots } = tableOf(i);
    const slot = x % M;
    const symbol = slots[slot];
    symbols[i] = symbol;
    x = frequencies[symbol] * Math.floor(x / M) + slot - starts[symbol];
    if (x >= LOWER) continue;
    if (at === 0) return false;
    x = x * WORD + words[--at];
  }
  return at === 0 && x === LOWER;
}
