import { defineBlockType, getHalf, reciprocal, setHalf, type BlockType } from './blockType';
import { affineScale, weighByImportance } from './scaleSearch';
import { getFifthBit, getNibble, setFifthBits, setNibbles, SMALL_BLOCK, smallLayout } from './smallBlock';

const f = Math.fround;
/** The bytes of scale and minimum. */
const SCALES = 4;

/** Returns the type with a scale and a minimum per 32 values, Q4_1 or Q5_1. */
export function defineAffineBlock({ id, name, bits }: { id: number; name: string; bits: 4 | 5 }): BlockType {
  const top = 2 ** bits - 1;
  const header = SCALES + (bits === 5 ? 4 : 0);
  const write = (bytes: DataView, to: number, d: number, min: number, codes: Uint8Array) => {
    setHalf(bytes, to, d, name);
    setHalf(bytes, to + 2, min, name);
    if (bits === 5) setFifthBits(codes, bytes, to + SCALES);
    setNibbles(codes, bytes, to + header);
  };
  return defineBlockType({
    ...smallLayout(id, name, header),

    encodeBlock(values, from, bytes, to) {
      const x = values.subarray(from, from + SMALL_BLOCK);
      const min = x.reduce((a, b) => (b < a ? b : a));
      const max = x.reduce((a, b) => (b > a ? b : a));
      const d = f(f(max - min) / top);
      const inverse = reciprocal(d);
      const codes = Uint8Array.from(x, (value) =>
        Math.min(top, Math.trunc(f(f(f(value - min) * inverse) + 0.5))),
      );
      write(bytes, to, d, min, codes);
    },

    encodeWeighted(values, from, bytes, to, importance, rowMeanSquare) {
      const x = values.subarray(from, from + SMALL_BLOCK);
      const weights = new Float32Array(SMALL_BLOCK);
      weighByImportance(x, importance, rowMeanSquare, weights);
      const codes = new Uint8Array(SMALL_BLOCK);
      const found = affineScale(x, weights, { top, first: -0.9, step: 0.05, steps: 36 }, codes);
      write(bytes, to, found.scale, -found.min, codes);
    },

    decodeBlock(bytes, from, values, to) {
      const d = getHalf(bytes, from);
      const min = getHalf(bytes, from + 2);
      for (let i = 0; i < SMALL_BLOCK; i++) {
        const high = bits === 5 ? getFifthBit(bytes, from + SCALES, i) : 0;
        values[to + i] = f(f((getNibble(bytes, from + header, i) | high) * d) + min);
      }
    },
  });
}
