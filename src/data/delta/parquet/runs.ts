import type { ParquetCursor } from './cursor';

/** Values of each of the groups into which values are packed. */
const PACKED = 8;
/** The library that decodes pages keeps bits in 32-bit integers. */
const MAX_WIDTH = 24;
/** Miniblocks hold a multiple of this many values. */
const MINIBLOCK = 32;

/**
 * Reads runs of equal values and packed values (RLE and bit-packing hybrid of Parquet's Encodings.md).
 * @param width bits of a value
 * @param count number of values, which no run may exceed
 * @param take called with each value and how often it follows
 * @throws Error for anything else
 */
export function readLengthRuns(
  cursor: ParquetCursor,
  width: number,
  count: number,
  take: (value: number, times: number) => void,
): void {
  if (width > MAX_WIDTH) throw new Error(`values have ${width} bits; at most ${MAX_WIDTH} can be read`);
  for (let left = count; left > 0;) {
    const header = cursor.varint();
    const size = Math.floor(header / 2);
    if (header % 2 === 0) {
      if (size > left) throw new Error(`a run of ${size} values stands where ${left} are left`);
      take(cursor.uint(Math.ceil(width / 8)), size);
      left -= size;
    } else {
      if (size === 0 || width === 0) throw new Error('a group of packed values is empty');
      const values = Math.min(left, PACKED * size);
      unpack(cursor.take(size * width), width, values, (value) => take(value, 1));
      left -= values;
    }
  }
}

/**
 * Reads integers that are stored as differences (DELTA_BINARY_PACKED).
 * @param bits of an integer
 * @param take called with each integer of 32 bits
 * @throws Error if the bytes are no such integers
 */
export function readDeltas(
  cursor: ParquetCursor,
  bits: 32 | 64,
  count: number,
  take?: (value: number) => void,
): void {
  const [block, miniblocks] = [cursor.varint(), cursor.varint()];
  cursor.varint();
  if (miniblocks < 1 || block < 1 || block % (miniblocks * MINIBLOCK) !== 0)
    throw new Error(`a block of ${block} values cannot have ${miniblocks} parts`);
  let value = cursor.zigzag(bits);
  if (count > 0) take?.(value);
  for (let left = count - 1; left > 0;) {
    // A difference of 32-bit integers can have 33 bits.
    const least = cursor.zigzag(64);
    const widths = cursor.take(miniblocks);
    for (let i = 0; i < miniblocks && left > 0; i++) {
      const width = widths.byte();
      if (width > bits) throw new Error(`differences of ${bits}-bit integers have ${width} bits`);
      const values = Math.min(left, block / miniblocks);
      cursor.need(Math.ceil((values * width) / 8));
      // The last part may end with its last value.
      const part = cursor.take(Math.min(cursor.left, (block / miniblocks / 8) * width));
      if (take) unpack(part, width, values, (delta) => take((value = (value + least + delta) | 0)));
      left -= values;
    }
  }
}

/** Reads integers of up to 32 bits, packed with the lowest bits first. */
function unpack(cursor: ParquetCursor, width: number, count: number, take: (value: number) => void): void {
  const size = 2 ** width;
  let [held, bits] = [0, 0];
  for (let i = 0; i < count; i++) {
    for (; bits < width; bits += 8) held += cursor.byte() * 2 ** bits;
    const value = held % size;
    take(value);
    held = (held - value) / size;
    bits -= width;
  }
}
