import { halfBitsToFloat } from '../../base/float16';
import { readCode, writeCode } from '../bits';
import type { CodecReference, Parts } from '../codec';
import { bits16Of, bytesOf16, requireHalfScales } from '../floats';
import { groupOf, groupValues, ternaryLayout, TRITS_PER_BYTE, type TernaryLayout } from './layout';
import { groupScale } from './scale';

/** −1, 0 or 1 for a weight, given its group's cut. */
function ternaryCode(w: number, cut: number): number {
  return Math.abs(w) < cut ? 0 : Math.sign(w);
}

/** Stores t = code + 1 of a flattened weight. */
function putTrit(codes: Uint8Array, layout: TernaryLayout, weight: number, trit: number): void {
  if (layout.base3) codes[Math.floor(weight / TRITS_PER_BYTE)] += trit * 3 ** (weight % TRITS_PER_BYTE);
  else writeCode(codes, rowBase(layout, weight), weight % layout.columns, 2, trit);
}

function getTrit(codes: Uint8Array, layout: TernaryLayout, weight: number): number {
  if (!layout.base3) return readCode(codes, rowBase(layout, weight), weight % layout.columns, 2);
  const byte = codes[Math.floor(weight / TRITS_PER_BYTE)];
  return Math.floor(byte / 3 ** (weight % TRITS_PER_BYTE)) % 3;
}

function rowBase({ columns, wordsPerRow }: TernaryLayout, weight: number): number {
  return Math.floor(weight / columns) * wordsPerRow * 4;
}

/** The definition of `ternary`. */
export const reference: CodecReference = {
  encode(values, shape, options): Parts {
    const layout = ternaryLayout(shape, options);
    const groups = Array.from({ length: layout.rows * layout.groupsPerRow }, (_, g) =>
      groupScale(groupValues(layout, values, g), layout.rule),
    );
    const scales = bytesOf16(Uint16Array.from(groups, (group) => group.scaleBits));
    requireHalfScales('The matrix', scales);
    const codes = new Uint8Array(layout.words * 4);
    values.forEach((w, i) => putTrit(codes, layout, i, ternaryCode(w, groups[groupOf(layout, i)].cut) + 1));
    return new Map([
      ['codes', codes],
      ['scales', scales],
    ]);
  },
  decode(parts, shape, options): Float32Array {
    const layout = ternaryLayout(shape, options);
    const codes = parts.get('codes')!;
    const scales = bits16Of(parts.get('scales')!);
    return Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => {
      const scale = halfBitsToFloat(scales[groupOf(layout, i)]);
      return (getTrit(codes, layout, i) - 1) * scale;
    });
  },
};
