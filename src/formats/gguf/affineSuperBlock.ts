import { defineBlockType, getHalf, type BlockType } from './blockType';
import type { AffineSearch } from './scaleSearch';
import {
  encodeAffineGroups,
  magnitudeAndSpread,
  nibble,
  packNibbles,
  packScales,
  SUPER_BLOCK,
  unpackScale,
} from './superBlock';

const f = Math.fround;
const GROUP = 32;
const SCALES = 4;
/** Where the fifth bits are, if there are any, and otherwise the codes. */
const HIGH = 16;

/**
 * Returns Q4_K or Q5_K: a block holds 256 values in groups of 32: d and dmin as float16, scales and minima of six bits in 12
 * bytes, with five bits the fifth bits of the codes (bit g of byte m is that of code m of group g), then their low four bits.
 * Source: ggml, quantize_row_q4_K_ref, quantize_row_q5_K_ref and their _impl.
 */
export function defineAffineSuperBlock(
  { id, name, bits }: { id: number; name: string; bits: 4 | 5 },
  search: Omit<AffineSearch, 'top'>,
): BlockType {
  const codesAt = bits === 5 ? HIGH + GROUP : HIGH;
  const groups = {
    size: GROUP,
    topScale: 63,
    plain: { ...search, top: 2 ** bits - 1 },
    plainWeights: magnitudeAndSpread,
    variance: 2,
  };

  function encode(
    values: Float32Array,
    from: number,
    bytes: DataView,
    to: number,
    importance?: Float32Array,
  ) {
    const x = values.subarray(from, from + SUPER_BLOCK);
    const { codes, scales, mins } = encodeAffineGroups(x, groups, importance, bytes, to, name);
    packScales(scales, mins, bytes, to + SCALES);
    if (bits === 5) setFifthBits(codes, bytes, to + HIGH);
    packNibbles(codes, bytes, to + codesAt);
  }

  return defineBlockType({
    id,
    name,
    blockSize: SUPER_BLOCK,
    blockBytes: codesAt + SUPER_BLOCK / 2,

    encodeBlock: (values, from, bytes, to) => encode(values, from, bytes, to),
    encodeWeighted: encode,

    decodeBlock(bytes, from, values, to) {
      const d = getHalf(bytes, from);
      const dmin = getHalf(bytes, from + 2);
      for (let g = 0; g < SUPER_BLOCK / GROUP; g++) {
        const [scale, min] = unpackScale(bytes, from + SCALES, g);
        for (let i = g * GROUP; i < (g + 1) * GROUP; i++) {
          const high = bits === 5 ? fifthBit(bytes, from + HIGH, i) : 0;
          const code = nibble(bytes, from + codesAt, i) | high;
          values[to + i] = f(f(f(d * scale) * code) - f(dmin * min));
        }
      }
    },
  });
}

function setFifthBits(codes: Uint8Array, bytes: DataView, to: number): void {
  const high = new Uint8Array(GROUP);
  codes.forEach((code, i) => (high[i % GROUP] |= (code >>> 4) << Math.floor(i / GROUP)));
  high.forEach((byte, m) => bytes.setUint8(to + m, byte));
}

/** Returns the fifth bit of code `i`, as 0 or 16. */
function fifthBit(bytes: DataView, from: number, i: number): number {
  return ((bytes.getUint8(from + (i % GROUP)) >>> Math.floor(i / GROUP)) & 1) << 4;
}
