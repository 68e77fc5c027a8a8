import { PRECISION } from './rans';

/** How often each symbol 0 … 255 occurs. */
export function histogram(symbols: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  for (const symbol of symbols) counts[symbol]++;
  return counts;
}

/** Bits each symbol costs; infinite for one that cannot be coded. */
export function codeLengths(frequencies: Uint16Array): Float64Array {
  return Float64Array.from(frequencies, (f) => (f > 0 ? PRECISION - Math.log2(f) : Infinity));
}

/** Bits of a whole histogram. */
export function messageBits(counts: ArrayLike<number>, frequencies: Uint16Array): number {
  const lengths = codeLengths(frequencies);
  let bits = 0;
  for (let s = 0; s < lengths.length; s++) if (counts[s]) bits += counts[s] * lengths[s];
  return bits;
}
