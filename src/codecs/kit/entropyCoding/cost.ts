import { FREQUENCY_BITS, FREQUENCY_TOTAL } from './rans';

/** The bits of a symbol by its frequency 0 … 4096. */
const LENGTHS = Float64Array.from({ length: FREQUENCY_TOTAL + 1 }, (_, f) =>
  f > 0 ? FREQUENCY_BITS - Math.log2(f) : Infinity,
);

/** Counts each symbol 0 … 255. */
export function histogram(symbols: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (const symbol of symbols) counts[symbol]++;
  return counts;
}

/** Computes the bits of each symbol, Infinity for one of frequency zero. */
export function codeLengths(frequencies: Uint16Array): Float64Array {
  const lengths = new Float64Array(frequencies.length);
  for (let s = 0; s < lengths.length; s++) lengths[s] = LENGTHS[frequencies[s]];
  return lengths;
}

/** Computes the bits of all symbols of a histogram. */
export function messageBits(counts: ArrayLike<number>, frequencies: Uint16Array): number {
  let bits = 0;
  for (let s = 0; s < frequencies.length; s++) if (counts[s]) bits += counts[s] * LENGTHS[frequencies[s]];
  return bits;
}
