// This is rANS with a static order-0 model as in the published vertex codec: lower bound 2^16, 16-bit words, probabilities in 4096ths
// (Duda 2013, https://arxiv.org/abs/1311.2540).

const LOWER = 2 ** 16;
const WORD = 2 ** 16;
/** The precision of the probabilities in bits. */
export const ANS_PRECISION = 12;
const TOTAL = 2 ** ANS_PRECISION;

/** The number of occurrences of each symbol. */
export type Counts = ReadonlyMap<number, number>;

interface CodingTable {
  symbols: number[];
  frequencies: number[];
  /** Exclusive prefix sums of the frequencies. */
  starts: number[];
  indexOf: Map<number, number>;
}

/** Counts the symbols of a message, in ascending order. */
export function countSymbols(message: ArrayLike<number>): Counts {
  const counts = new Map<number, number>();
  for (let i = 0; i < message.length; i++) counts.set(message[i], (counts.get(message[i]) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** Makes frequencies of at least 1 that add up to 4096. A deficit is added to, and an excess taken off the largest. */
function codingTable(counts: Counts): CodingTable {
  const symbols = [...counts.keys()].sort((a, b) => a - b);
  const total = symbols.reduce((sum, symbol) => sum + counts.get(symbol)!, 0);
  const frequencies = symbols.map((s) => Math.max(1, Math.floor((counts.get(s)! * TOTAL) / total)));
  const largest = () => frequencies.indexOf(Math.max(...frequencies));
  let sum = frequencies.reduce((a, b) => a + b, 0);
  if (sum < TOTAL) frequencies[largest()] += TOTAL - sum;
  for (; sum > TOTAL; sum--) frequencies[largest()]--;
  const starts: number[] = [];
  frequencies.reduce((start, frequency, i) => (starts[i] = start) + frequency, 0);
  return { symbols, frequencies, starts, indexOf: new Map(symbols.map((symbol, i) => [symbol, i])) };
}

/** Codes a message into words, in the order of writing. */
export function ansEncode(message: ArrayLike<number>, counts: Counts): Uint16Array {
  const { frequencies, starts, indexOf } = codingTable(counts);
  const words: number[] = [];
  let x = LOWER;
  for (let i = message.length - 1; i >= 0; i--) {
    const s = indexOf.get(message[i])!;
    // A single symbol has frequency 4096. The bound is then 2^32, which no state reaches and float64 represents.
    const bound = (LOWER / TOTAL) * WORD * frequencies[s];
    while (x >= bound) {
      words.push(x % WORD);
      x = Math.floor(x / WORD);
    }
    x = Math.floor(x / frequencies[s]) * TOTAL + starts[s] + (x % frequencies[s]);
  }
  words.push(x % WORD, Math.floor(x / WORD));
  return Uint16Array.from(words);
}

/**
 * Decodes `count` symbols, reading words from the end. Missing words are not an error, because the published decoder reads bytes as words
 * and continues.
 */
export function ansDecode(words: ArrayLike<number>, counts: Counts, count: number): Uint32Array {
  const { symbols, frequencies, starts } = codingTable(counts);
  const slots = new Uint32Array(TOTAL);
  starts.forEach((start, i) => slots.fill(i, start, start + frequencies[i]));
  let left = words.length;
  let x = 0;
  const refill = () => {
    while (x < LOWER && left > 0) x = x * WORD + words[--left];
  };
  return Uint32Array.from({ length: count }, () => {
    refill();
    const slot = x % TOTAL;
    const s = slots[slot];
    x = frequencies[s] * Math.floor(x / TOTAL) + slot - starts[s];
    return symbols[s];
  });
}
