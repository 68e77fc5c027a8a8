// This file defines rANS, the range variant of asymmetric numeral systems (Duda 2013, https://arxiv.org/abs/1311.2540), with static
// order-0 models, a 32-bit state and 16-bit words. Between symbols the state is 2¹⁶ ≤ x < 2³². The kernels in
// shaders/codecs/kit/entropyCoding give the same words.

/** The precision of the frequencies in bits. */
export const FREQUENCY_BITS = 12;
/** The sum of all frequencies. */
export const FREQUENCY_TOTAL = 2 ** FREQUENCY_BITS;
/** The lower bound of the state, which is also its value before the first symbol. */
const LOWER = 2 ** 16;
const WORD = 2 ** 16;
/** The bound of the state per unit of frequency: from f·2^20 on, which may be 2^32, a word is written before the symbol is coded. */
const RENORMALISE = 2 ** (32 - FREQUENCY_BITS);

/** The frequencies of the symbols 0 … K − 1, their exclusive prefix sums, and the symbol of each slot 0 … 4095. */
export interface SymbolTable {
  frequencies: Uint16Array;
  starts: Uint16Array;
  slots: Uint8Array;
}

/**
 * Scales weights to frequencies that add up to 4096. Each weight above zero gets max(1, ⌊weight·4096 ÷ total⌋). A deficit is added to the
 * first largest frequency, and an excess is taken off the current largest one by one.
 * @param weights non-negative weights, of which 1 to 4096 are positive
 */
export function normalise(weights: ArrayLike<number>): Uint16Array {
  let total = 0;
  for (let s = 0; s < weights.length; s++) total += weights[s];
  // A loop, since `from` with a function takes several times as long, and the search for a model calls this for each candidate.
  const frequencies = new Uint16Array(weights.length);
  let sum = 0;
  for (let s = 0; s < weights.length; s++) {
    if (weights[s] > 0) frequencies[s] = Math.max(1, Math.floor((weights[s] * FREQUENCY_TOTAL) / total));
    sum += frequencies[s];
  }
  if (sum < FREQUENCY_TOTAL) frequencies[largest(frequencies)] += FREQUENCY_TOTAL - sum;
  for (; sum > FREQUENCY_TOTAL; sum--) frequencies[largest(frequencies)]--;
  return frequencies;
}

/** Finds the index of the first largest value. */
function largest(values: Uint16Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Makes the coding table of frequencies that add up to 4096. */
export function symbolTable(frequencies: Uint16Array): SymbolTable {
  const starts = new Uint16Array(frequencies.length);
  const slots = new Uint8Array(FREQUENCY_TOTAL);
  let start = 0;
  for (let s = 0; s < frequencies.length; s++) {
    starts[s] = start;
    slots.fill(s, start, start + frequencies[s]);
    start += frequencies[s];
  }
  return { frequencies, starts, slots };
}

/** Finds the table that codes symbol `index` of a sequence. */
export type TableOf = (index: number) => SymbolTable;

/**
 * Codes symbols [first, first + count) into 16-bit words, which decoding reads from the last to the first. Every symbol must have a
 * frequency above zero in its table.
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
    x = Math.floor(x / f) * FREQUENCY_TOTAL + starts[symbols[i]] + (x % f);
  }
  words.push(x % WORD, Math.floor(x / WORD));
  return Uint16Array.from(words);
}

/**
 * Decodes symbols [first, first + count) from the words of one stream.
 * @returns false if the words run out, are left over, or do not end in the initial state
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
    const slot = x % FREQUENCY_TOTAL;
    const symbol = slots[slot];
    symbols[i] = symbol;
    x = frequencies[symbol] * Math.floor(x / FREQUENCY_TOTAL) + slot - starts[symbol];
    if (x >= LOWER) continue;
    if (at === 0) return false;
    x = x * WORD + words[--at];
  }
  return at === 0 && x === LOWER;
}
