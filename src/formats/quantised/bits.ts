/**
 * Unpacks codes of 1 to 8 bits from words of 32 bits, where each code follows the one before it, the lowest bits first, and may
 * straddle two words.
 * @param first index of the first word
 * @param step distance between neighbouring words of the stream, in words
 */
export function unpackCodes(
  words: Uint32Array,
  { first, step, bits }: { first: number; step: number; bits: number },
  codes: Uint8Array | Int16Array,
): void {
  const mask = (1 << bits) - 1;
  for (let i = 0, bit = 0; i < codes.length; i++, bit += bits) {
    const at = first + (bit >>> 5) * step;
    const shift = bit & 31;
    let code = words[at] >>> shift;
    if (shift + bits > 32) code |= words[at + step] << (32 - shift);
    codes[i] = code & mask;
  }
}
