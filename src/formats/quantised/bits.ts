/** A stream of codes in words of 32 bits. */
export interface CodeStream {
  /** Index of the first word. */
  first: number;
  /** Distance between neighbouring words of the stream, in words. */
  step: number;
  /** Bits of a code, 1 to 8. */
  bits: number;
}

/** Unpacks codes that follow each other, the lowest bits first, and that may straddle two words. */
export function unpackCodes(
  words: Uint32Array,
  { first, step, bits }: CodeStream,
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

/** Packs codes into zeroed words as `unpackCodes` unpacks them. */
export function packCodes(codes: ArrayLike<number>, { first, step, bits }: CodeStream, words: Uint32Array) {
  for (let i = 0, bit = 0; i < codes.length; i++, bit += bits) {
    const at = first + (bit >>> 5) * step;
    const shift = bit & 31;
    words[at] |= codes[i] << shift;
    if (shift + bits > 32) words[at + step] |= codes[i] >>> (32 - shift);
  }
}
