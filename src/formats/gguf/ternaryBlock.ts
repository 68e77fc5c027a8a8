import { roundAway } from '../../base/rounding';
import { defineBlockType, getHalf, maxMagnitude, reciprocal, setHalf, type BlockType } from './blockType';

/** Values in a block of ggml's ternary types. */
export const TERNARY_BLOCK = 256;

/** How a ternary type lays the trits −1, 0, 1 of a block into bytes. */
export interface TritLayout {
  /** Bytes of the trits; a float16 scale follows them. */
  codeBytes: number;
  /** The bytes of 256 trits. */
  pack: (trits: ArrayLike<number>) => Uint8Array;
  /** The 256 trits of a block's bytes; damaged ones may give 2 where the layout has room for it. */
  unpack: (bytes: Uint8Array) => Int8Array;
}

/** A type whose blocks hold round(x ÷ d) and, behind them, d = max|x| as float16: exactly ggml's TQ types. */
export function defineTernaryBlock(
  { codeBytes, pack, unpack }: TritLayout,
  { id, name }: { id: number; name: string },
): BlockType {
  return defineBlockType({
    id,
    name,
    blockSize: TERNARY_BLOCK,
    blockBytes: codeBytes + 2,

    encodeBlock(values, from, bytes, to) {
      const d = maxMagnitude(values, from, TERNARY_BLOCK);
      const inverse = reciprocal(d);
      setHalf(bytes, to + codeBytes, d, name);
      const block = values.subarray(from, from + TERNARY_BLOCK);
      const trits = Int8Array.from(block, (x) => roundAway(Math.fround(x * inverse)));
      bytesOf(bytes, to, codeBytes).set(pack(trits));
    },

    decodeBlock(bytes, from, values, to) {
      const d = getHalf(bytes, from + codeBytes);
      unpack(bytesOf(bytes, from, codeBytes)).forEach((trit, i) => (values[to + i] = trit * d));
    },
  });
}

function bytesOf(view: DataView, from: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, length);
}
