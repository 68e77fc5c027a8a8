import { DTYPE_BYTES, partBytes, type PartLayout } from '../../contract/parts';
import type { SequenceShape } from './sequence';

/** A stretch of symbols of one kind: the codes of a part, or one byte of each of its elements. */
export interface Field {
  suffix: string;
  shape: SequenceShape;
  /** Byte `index` of elements `width` bytes wide; absent for codes. */
  plane?: { index: number; width: number };
}

/** Codes wider than this are coded as bytes. */
const MOST_BITS = 8;

export const partWidth = ({ dtype }: PartLayout) => DTYPE_BYTES[dtype];

/** Whether a part's codes are coded one by one. */
export function hasSymbols({ symbols }: PartLayout): boolean {
  return symbols !== undefined && symbols.bits <= MOST_BITS;
}

/** The fields of a part of `bytes` bytes, the most significant plane first: it is the one that compresses. */
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

/** One byte of each element. */
export function readPlane(bytes: Uint8Array, { index, width }: NonNullable<Field['plane']>): Uint8Array {
  return Uint8Array.from({ length: bytes.length / width }, (_, i) => bytes[i * width + index]);
}

/** The inverse, into the bytes of the part. */
export function writePlane(
  bytes: Uint8Array,
  { index, width }: NonNullable<Field['plane']>,
  plane: Uint8Array,
): void {
  plane.forEach((byte, i) => (bytes[i * width + index] = byte));
}

/** Order of parts in the compressed bytes: codes last, so that the longest stretch needs no length. */
export function codingOrder(layout: readonly PartLayout[]): PartLayout[] {
  return [...layout.filter((part) => !hasSymbols(part)), ...layout.filter(hasSymbols)];
}

/** Head bytes of a part whose fields are all raw, at most. */
const HEAD_BYTES = 12;

/** The most bytes these parts can take: no model is chosen that takes more than the raw symbols. */
export function mostBytes(layout: readonly PartLayout[]): number {
  return layout.reduce((sum, part) => sum + partBytes(part) + HEAD_BYTES, 0);
}
