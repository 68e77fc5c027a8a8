import { LabError } from '../../../base/errors';
import type { RowRange } from '../matrix';

/**
 * A ternary matrix as codec `ternary` stores it with packing=2bit: W[n, k] = (code − 1) · scale with code 0, 1 or 2. Bytes are
 * little-endian and may be views into a file.
 */
export interface TernaryMatrix {
  /** Shown in errors and buffer labels. */
  name: string;
  rows: number;
  columns: number;
  /** Columns that share a scale: a multiple of 16, or at least `columns` for one scale per row. */
  group: number;
  /** Bytes [rows, 4·⌈columns/16⌉]: each row is a stream of 2-bit codes, padded to 4 bytes; the padding is ignored. */
  codes: Uint8Array;
  /** Finite float16 [rows, groups per row]. */
  scales: Uint8Array;
}

/** Number of codes in a word, which is a unit of the kernels. */
export const UNIT = 16;

/** Returns the number of words of codes in a row. */
export function unitsOf(columns: number): number {
  return Math.ceil(columns / UNIT);
}

/** Returns the number of groups in a row. */
export function groupsPerRow({ columns, group }: Pick<TernaryMatrix, 'columns' | 'group'>): number {
  return Math.ceil(columns / group);
}

/**
 * Returns the number of words of `unit` columns that share a scale.
 * @throws LabError bad-input for a group that ends inside a word
 */
export function groupInWords({ name, columns, group }: TernaryMatrix, unit: number): number {
  if (group >= columns) return Math.ceil(columns / unit);
  if (Number.isInteger(group) && group > 0 && group % unit === 0) return group / unit;
  throw new LabError(
    'bad-input',
    `${name} has groups of ${group} columns; this product needs a multiple of ${unit}, or one group per row.`,
    `Encode it with group=${Math.max(unit, Math.ceil(group / unit) * unit) || unit} or group=row.`,
  );
}

/**
 * Checks the shape of a matrix against its bytes.
 * @throws LabError bad-file for lengths that do not fit the shape, a code of 3, or a scale that is not finite
 */
export function checkTernary(matrix: TernaryMatrix): void {
  const { name, rows, columns, codes, scales } = matrix;
  const positive = [rows, columns].every((n) => Number.isInteger(n) && n > 0);
  if (!positive || !(matrix.group > 0))
    throw refused(name, `an invalid shape of ${rows} × ${columns} in groups of ${matrix.group}`);
  checkLength(name, 'codes', codes.length, 4 * rows * unitsOf(columns));
  checkLength(name, 'scales', scales.length, 2 * rows * groupsPerRow(matrix));
  const row = rowWithThree(matrix);
  if (row >= 0) throw refused(name, `a code of 3 in row ${row}, which has no meaning`);
  const bad = nonFiniteHalf(scales);
  if (bad >= 0) throw refused(name, `a scale that is not finite at index ${bad}`);
}

function checkLength(name: string, what: string, length: number, expected: number): void {
  if (length !== expected) throw refused(name, `${length} bytes of ${what} instead of ${expected}`);
}

function refused(name: string, what: string): LabError {
  return new LabError(
    'bad-file',
    `The ternary matrix ${name} has ${what}.`,
    'Encode the tensor again, or fetch its file again.',
  );
}

/** Returns the first row with a code of 3 in its columns, −1 if none. */
function rowWithThree({ rows, columns, codes }: TernaryMatrix): number {
  const words = wordsOf(codes);
  const units = unitsOf(columns);
  const tail = tailMask(columns, UNIT) & 0xffff;
  for (let i = 0; i < rows * units; i++) {
    const threes = words[i] & (words[i] >>> 1) & 0x55555555;
    if (threes === 0) continue;
    const used = (i + 1) % units === 0 ? evenBits(threes) & tail : evenBits(threes);
    if (used !== 0) return Math.floor(i / units);
  }
  return -1;
}

/** Returns the index of the first float16 that is not finite, −1 if none. */
function nonFiniteHalf(bytes: Uint8Array): number {
  for (let i = 1; i < bytes.length; i += 2) if ((bytes[i] & 0x7c) === 0x7c) return (i - 1) / 2;
  return -1;
}

/** Returns a mask with a bit set for each column that the last word of a row holds. */
function tailMask(columns: number, unit: number): number {
  const used = columns % unit;
  return used === 0 ? -1 : (1 << used) - 1;
}

/** Bits 0, 2, 4 … of a word as 16 adjacent bits. */
function evenBits(word: number): number {
  let bits = word & 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0xffff;
}

/** Returns the little-endian words of bytes at any offset. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}

/** Number of columns in a word of masks. */
export const MASK_UNIT = 32;

/**
 * Returns the masks [rows, ⌈columns/32⌉, 2] of a range of rows. In each pair of words, bit j of the first is set where column
 * j is +1 and bit j of the second where it is −1; bits after the last column are 0.
 */
export function ternaryMasks({ columns, codes }: TernaryMatrix, { firstRow, rows }: RowRange): Uint32Array {
  const units = unitsOf(columns);
  const words = wordsOf(codes.subarray(4 * firstRow * units, 4 * (firstRow + rows) * units));
  const perRow = Math.ceil(columns / MASK_UNIT);
  const masks = new Uint32Array(2 * rows * perRow);
  const tail = tailMask(columns, MASK_UNIT);
  for (let row = 0; row < rows; row++)
    for (let w = 0; w < perRow; w++) {
      const low = words[row * units + 2 * w];
      // A missing word reads as codes of 0, that is −1; the tail mask clears what is after the last column.
      const high = 2 * w + 1 < units ? words[row * units + 2 * w + 1] : 0;
      const keep = w === perRow - 1 ? tail : -1;
      const at = 2 * (row * perRow + w);
      masks[at] = (evenBits(low >>> 1) | (evenBits(high >>> 1) << 16)) & keep;
      masks[at + 1] = (evenBits(~(low | (low >>> 1))) | (evenBits(~(high | (high >>> 1))) << 16)) & keep;
    }
  return masks;
}
