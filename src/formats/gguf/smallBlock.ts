import type { BlockLayout } from './blockType';

/** Values in a block of ggml's types with one scale, and the bytes of their codes' low four bits. */
export const SMALL_BLOCK = 32;
export const NIBBLE_BYTES = 16;

/** Writes the low four bits of 32 codes: byte i holds code i in its low and code i + 16 in its high bits. */
export function setNibbles(codes: ArrayLike<number>, bytes: DataView, to: number): void {
  for (let i = 0; i < NIBBLE_BYTES; i++)
    bytes.setUint8(to + i, (codes[i] & 15) | ((codes[i + NIBBLE_BYTES] & 15) << 4));
}

/** Returns the low four bits of code `i`. */
export function getNibble(bytes: DataView, from: number, i: number): number {
  return (bytes.getUint8(from + (i & 15)) >>> (i < NIBBLE_BYTES ? 0 : 4)) & 15;
}

/** Writes the fifth bits of 32 codes as one word. */
export function setFifthBits(codes: ArrayLike<number>, bytes: DataView, to: number): void {
  let word = 0;
  for (let i = 0; i < SMALL_BLOCK; i++) word |= ((codes[i] >>> 4) & 1) << i;
  bytes.setUint32(to, word >>> 0, true);
}

/** Returns the fifth bit of code `i`, as 0 or 16. */
export function getFifthBit(bytes: DataView, from: number, i: number): number {
  return ((bytes.getUint32(from, true) >>> i) & 1) << 4;
}

/** Returns id, name and size of a type with `header` bytes of scales before the nibbles. */
export function smallLayout(id: number, name: string, header: number): BlockLayout {
  return { id, name, blockSize: SMALL_BLOCK, blockBytes: header + NIBBLE_BYTES };
}
