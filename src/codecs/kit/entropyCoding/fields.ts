import { DTYPE_BYTES, partBytes, type PartLayout } from '../../contract/parts';
import type { SequenceShape } from './sequence';

/** A sequence of symbols with one model: the codes of a part, or one byte of each of its elements. */
export interface Field {
  suffix: string;
  shape: SequenceShape;
  /** The byte plane: byte `index` of elements of `width` bytes. It is absent for codes. */
  plane?: { index: number; width: number };
}

/** The width in bits above which codes are coded as bytes. */
const MAX_CODE_BITS = 8;

/** The bytes of one element of a part. */
export const partWidth = ({ dtype }: PartLayout) => DTYPE_BYTES[dtype];

/** Whether the codes of a part are the symbols. Otherwise its bytes are. */
export function hasSymbols({ symbols }: PartLayout): boolean {
  return symbols !== undefined && symbols.bits <= MAX_CODE_BITS;
}

/** Lists the fields of a part of `bytes` bytes, the most significant byte plane first. */
export function fieldsOf(part: PartLayout, bytes = partBytes(part)): Field[] {
  const { suffix, symbols } = part;
  if (symbols && hasSymbols(part)) return [{ suffix, shape: symbols }];
  const width = partWidth(part);
  const shape = { rows: 1, perRow: bytes / width, bits: 8 };
  return Array.from({ length: width }, (_, i) => ({
    suffix,
    shape,
    plane: { index: width - 1 - i, width },
  }));
}

/** Extracts a byte plane: one byte of each element. */
export function readPlane(bytes: Uint8Array, { index, width }: NonNullable<Field['plane']>): Uint8Array {
  return Uint8Array.from({ length: bytes.length / width }, (_, i) => bytes[i * width + index]);
}

/** Writes a byte plane into the bytes of its part. */
export function writePlane(
  bytes: Uint8Array,
  { index, width }: NonNullable<Field['plane']>,
  plane: Uint8Array,
): void {
  plane.forEach((byte, i) => (bytes[i * width + index] = byte));
}

/** Orders parts as in the compressed bytes: codes last, so that the longest stream needs no length. */
export function codingOrder(layout: readonly PartLayout[]): PartLayout[] {
  return [...layout.filter((part) => !hasSymbols(part)), ...layout.filter(hasSymbols)];
}

/** The maximum header bytes of a part whose fields are all raw. */
const HEADER_BYTES = 12;

/** Computes the maximum number of bytes of these parts. No model takes more than the raw symbols. */
export function maxCodedBytes(layout: readonly PartLayout[]): number {
  return layout.reduce((sum, part) => sum + partBytes(part) + HEADER_BYTES, 0);
}
