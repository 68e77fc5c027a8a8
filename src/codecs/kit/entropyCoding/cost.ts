import { FREQUENCY_BITS } from './rans';

/** Counts each symbol 0 … 255. */
export function histogram(symbols: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (const symbol of symbols) counts[symbol]++;
  return counts;
}

/** Computes the bits of each symbol, Infinity for one of frequency zero. */
export function codeLengths(frequencies: Uint16Array): Float64Array {
  return Float64Array.from(frequencies, (f) => (f > 0 ? FREQUENCY_BITS - Math.log2(f) : Infinity));
}

/** Computes the bits of all symbols of a histogram. */
export function messageBits(counts: ArrayLike<number>, frequencies: Uint16Array): number {
  const lengths = codeLengths(frequencies);
  let bits = 0;
  for (let s = 0; s < lengths.length; s++) if (counts[s]) bits += counts[s] * lengths[s];
  return bits;
}
