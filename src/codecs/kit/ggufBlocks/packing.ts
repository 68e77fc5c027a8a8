import { setHalf, getHalf } from '../../../formats/gguf/blockType';
import type { BlockFields, CodeBits } from './fields';

/** The stored parameters of a group: codes of its scale and minimum, or of a block of one group the float16 values themselves. */
export interface GroupScales {
  scale: number;
  minimum: number;
}

/** A block as its fields say. */
export interface BlockContent {
  /** The float16 scale of the block and of its minimum, 0 if there is none. */
  d: number;
  dmin: number;
  groups: GroupScales[];
  /** Unsigned codes. */
  codes: Uint8Array;
}

/** Reads a block from its bytes. */
export function readBlock(fields: BlockFields, bytes: DataView, size: number): BlockContent {
  const { d, min, group, scales } = fields;
  const [scale, minimum] = [getHalf(bytes, d), min === undefined ? 0 : getHalf(bytes, min)];
  const groups =
    scales === 'none'
      ? [{ scale, minimum }]
      : Array.from({ length: size / group }, (_, g) => readGroup(fields, bytes, g));
  return { d: scale, dmin: minimum, groups, codes: readCodes(fields, bytes, size) };
}

/** Writes a block of one group, or the groups of a block, whose d and dmin stay. */
export function writeBlock(
  fields: BlockFields,
  { groups, codes }: BlockContent,
  bytes: DataView,
  type: string,
): void {
  const { d, min, scales } = fields;
  if (scales === 'none') {
    setHalf(bytes, d, groups[0].scale, type);
    if (min !== undefined) setHalf(bytes, min, groups[0].minimum, type);
  } else groups.forEach((each, g) => writeGroup(fields, each, bytes, g));
  writeCodes(fields, codes, bytes);
}

/** Where bits of a code are: a byte, and a shift in it. */
function placeOf({ at, bits, run }: CodeBits, i: number): { byte: number; shift: number } {
  const runBytes = (run * bits) / 8;
  const inRun = i % run;
  return {
    byte: at + Math.floor(i / run) * runBytes + (inRun % runBytes),
    shift: bits * Math.floor(inRun / runBytes),
  };
}

function readCodes({ low, high }: BlockFields, bytes: DataView, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => {
    const part = (field: CodeBits) => getBits(bytes, placeOf(field, i), field.bits);
    return part(low) | (high ? part(high) << low.bits : 0);
  });
}

function writeCodes({ low, high }: BlockFields, codes: Uint8Array, bytes: DataView): void {
  codes.forEach((code, i) => {
    setBits(bytes, placeOf(low, i), low.bits, code);
    if (high) setBits(bytes, placeOf(high, i), high.bits, code >>> low.bits);
  });
}

interface Place {
  byte: number;
  shift: number;
}

function getBits(bytes: DataView, { byte, shift }: Place, bits: number): number {
  return (bytes.getUint8(byte) >>> shift) & (2 ** bits - 1);
}

function setBits(bytes: DataView, { byte, shift }: Place, bits: number, value: number): void {
  const mask = (2 ** bits - 1) << shift;
  bytes.setUint8(byte, (bytes.getUint8(byte) & ~mask) | ((value << shift) & mask));
}

/** Bits of a stored scale or minimum, from the lowest. */
type Fields = readonly (Place & { bits: number })[];

/** Where scale and minimum of group `g` are, and what is subtracted from the stored scale. */
function groupPlaces(
  { scales, scalesAt: at }: BlockFields,
  g: number,
): { scale: Fields; minimum: Fields; zero: number } {
  const quarter = { byte: at + (g & 3), bits: 4 };
  switch (scales) {
    case 'affine4':
      return {
        scale: [{ byte: at + g, shift: 0, bits: 4 }],
        minimum: [{ byte: at + g, shift: 4, bits: 4 }],
        zero: 0,
      };
    case 'affine6':
      return g < 4
        ? {
            scale: [{ byte: at + g, shift: 0, bits: 6 }],
            minimum: [{ byte: at + 4 + g, shift: 0, bits: 6 }],
            zero: 0,
          }
        : {
            scale: [
              { ...quarter, byte: quarter.byte + 8, shift: 0 },
              { byte: quarter.byte, shift: 6, bits: 2 },
            ],
            minimum: [
              { ...quarter, byte: quarter.byte + 8, shift: 4 },
              { byte: quarter.byte + 4, shift: 6, bits: 2 },
            ],
            zero: 0,
          };
    case 'signed6':
      return {
        scale: [
          { byte: at + (g & 7), shift: g < 8 ? 0 : 4, bits: 4 },
          { byte: at + 8 + (g & 3), shift: 2 * (g >>> 2), bits: 2 },
        ],
        minimum: [],
        zero: 32,
      };
    case 'split6':
      return {
        scale: [
          { byte: at + 2 + (g >>> 1), shift: 4 * (g & 1), bits: 4 },
          { byte: at + (g >>> 2), shift: 2 * (g & 3), bits: 2 },
        ],
        minimum: [],
        zero: 32,
      };
    default:
      return { scale: [{ byte: at + g, shift: 0, bits: 8 }], minimum: [], zero: 0 };
  }
}

function readGroup(fields: BlockFields, bytes: DataView, g: number): GroupScales {
  const { scale, minimum, zero } = groupPlaces(fields, g);
  const read = (places: Fields) =>
    places.reduceRight((value, place) => (value << place.bits) | getBits(bytes, place, place.bits), 0);
  const stored = read(scale);
  return {
    scale: fields.scales === 'signed8' ? (stored << 24) >> 24 : stored - zero,
    minimum: read(minimum),
  };
}

function writeGroup(fields: BlockFields, group: GroupScales, bytes: DataView, g: number): void {
  const { scale, minimum, zero } = groupPlaces(fields, g);
  const write = (places: Fields, value: number) => {
    for (const place of places) {
      setBits(bytes, place, place.bits, value);
      value >>= place.bits;
    }
  };
  write(scale, group.scale + zero);
  write(minimum, group.minimum);
}
