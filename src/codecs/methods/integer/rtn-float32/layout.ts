import type { MatrixShape } from '../../../contract/codec';
import { groupColumns } from '../../../contract/options';
import { part, type PartsOf } from '../../../contract/parts';
import { bitstreamBytes } from '../../../kit/bits';

/** How the weights of one matrix are grouped and their codes packed. */
export interface Float32GridLayout {
  rows: number;
  columns: number;
  bits: number;
  /** Columns that share a scale; the last group of a row may be shorter. */
  group: number;
  groupsPerRow: number;
  /** Largest code. */
  levels: number;
  /** Bytes of one row of codes, a multiple of 4. */
  rowBytes: number;
}

export interface Float32GridOptions {
  bits: number;
  group: string;
}

export function float32GridLayout(
  [rows, columns]: MatrixShape,
  options: Float32GridOptions,
): Float32GridLayout {
  const { bits } = options;
  const group = groupColumns(options.group, columns);
  const groupsPerRow = Math.ceil(columns / group);
  const rowBytes = bitstreamBytes(columns, bits);
  return { rows, columns, bits, group, groupsPerRow, levels: 2 ** bits - 1, rowBytes };
}

/**
 * Defines the parts. `codes` U8 [out, row bytes]: each row is a little-endian stream of codes, padded to 4 bytes. `scales` F32 [out,
 * groups per row]. `zeros` U8: one stream of all zero points, `bits` each, padded to 4 bytes at its end.
 */
export function float32GridParts({ rows, columns, bits, groupsPerRow, rowBytes }: Float32GridLayout) {
  return {
    codes: part('codes', 'U8', [rows, rowBytes], { symbols: { rows, perRow: columns, bits } }),
    scales: part('scales', 'F32', [rows, groupsPerRow]),
    zeros: part('scales', 'U8', [bitstreamBytes(rows * groupsPerRow, bits)]),
  };
}

export type Float32GridParts = PartsOf<typeof float32GridParts>;

/** Bounds |decoded − w| by half a step and a few units in the last place of the range, from float32 roundings. */
export function float32GridErrorBound(options: Float32GridOptions): (largest: number) => number {
  const { levels } = float32GridLayout([1, 1], options);
  return (largest) => (2 * largest) / levels / 2 + 2 * largest * 2 ** -21 + levels * 2 ** -149;
}
