import { halfBitsToFloat } from '../../../../base/float16';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { readCode, writeCode } from '../../../kit/bits';
import { bits16Of, bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { tritOf } from '../../../kit/ternaryBlocks/cutoff';
import { groupScale } from '../../../kit/ternaryBlocks/scale';
import {
  groupOf,
  groupValues,
  TRITS_PER_BYTE,
  TRITS_PER_WORD,
  type TernaryLayout,
  type TernaryPacking,
  type TernaryParts,
} from './layout';

/** Access to t = code + 1 of a flattened weight. */
interface Packing {
  put: (codes: Uint8Array, layout: TernaryLayout, weight: number, trit: number) => void;
  get: (codes: Uint8Array, layout: TernaryLayout, weight: number) => number;
}

const wordsOf = (codes: Uint8Array) => new DataView(codes.buffer, codes.byteOffset, codes.byteLength);

const PACKINGS: Readonly<Record<TernaryPacking, Packing>> = {
  '2bit': {
    put: (codes, layout, weight, trit) =>
      writeCode(codes, rowBase(layout, weight), weight % layout.columns, 2, trit),
    get: (codes, layout, weight) => readCode(codes, rowBase(layout, weight), weight % layout.columns, 2),
  },
  base3: {
    put: (codes, _, weight, trit) => {
      codes[Math.floor(weight / TRITS_PER_BYTE)] += trit * 3 ** (weight % TRITS_PER_BYTE);
    },
    get: (codes, _, weight) => digit(codes[Math.floor(weight / TRITS_PER_BYTE)], weight % TRITS_PER_BYTE),
  },
  base3x20: {
    put: (codes, _, weight, trit) => {
      const at = 4 * Math.floor(weight / TRITS_PER_WORD);
      const word = wordsOf(codes).getUint32(at, true) + trit * 3 ** (weight % TRITS_PER_WORD);
      wordsOf(codes).setUint32(at, word, true);
    },
    get: (codes, _, weight) =>
      digit(wordsOf(codes).getUint32(4 * Math.floor(weight / TRITS_PER_WORD), true), weight % TRITS_PER_WORD),
  },
};

/** Computes digit `index` of a number in base 3. */
function digit(number: number, index: number): number {
  return Math.floor(number / 3 ** index) % 3;
}

function rowBase({ columns, wordsPerRow }: TernaryLayout, weight: number): number {
  return Math.floor(weight / columns) * wordsPerRow * 4;
}

/** The reference of `ternary`. */
export const ternaryReference: ReferenceDefinition<TernaryLayout, TernaryParts> = {
  encode(values, layout) {
    const groups = Array.from({ length: layout.rows * layout.groupsPerRow }, (_, g) =>
      groupScale(groupValues(layout, values, g), layout.rule, layout.threshold),
    );
    const scales = bytesOf16(Uint16Array.from(groups, (group) => group.scaleBits));
    requireHalfScales('The matrix', scales);
    const codes = new Uint8Array(layout.words * 4);
    const { put } = PACKINGS[layout.packing];
    values.forEach((w, i) => put(codes, layout, i, tritOf(w, groups[groupOf(layout, i)].cutoff) + 1));
    return { codes, scales };
  },

  decode(parts, layout) {
    const { get } = PACKINGS[layout.packing];
    const scales = bits16Of(parts.scales);
    return Float32Array.from({ length: layout.rows * layout.columns }, (_, i) => {
      const scale = halfBitsToFloat(scales[groupOf(layout, i)]);
      return (get(parts.codes, layout, i) - 1) * scale;
    });
  },
};
