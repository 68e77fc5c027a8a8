import { roundHalfAway } from '../../base/rounding';
import { defineBlockType, getHalf, maxMagnitude, reciprocal, setHalf, type BlockType } from './blockType';

/** Values in a block of ggml's ternary types. */
export const TERNARY_BLOCK = 256;

/** How a ternary type packs the trits −1, 0, 1 of a block into bytes. */
export interface TritLayout {
  /** The number of bytes for the trits of a block; a float16 scale follows them. */
  codeBytes: number;
  /** Packs 256 trits into `codeBytes` bytes. */
  pack: (trits: ArrayLike<number>) => Uint8Array;
  /** Unpacks 256 trits. Damaged bytes can give 2 where the layout has room for it. */
  unpack: (bytes: Uint8Array) => Int8Array;
}

/** Returns a type whose blocks hold round(x ÷ d), followed by d = max|x| as float16, exactly as ggml's TQ types do. */
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
      const trits = Int8Array.from(block, (x) => roundHalfAway(Math.fround(x * inverse)));
      bytesAt(bytes, to, codeBytes).set(pack(trits));
    },

    decodeBlock(bytes, from, values, to) {
      const d = getHalf(bytes, from + codeBytes);
      unpack(bytesAt(bytes, from, codeBytes)).forEach((trit, i) => (values[to + i] = trit * d));
    },
  });
}

function bytesAt(view: DataView, from: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + from, length);
}
