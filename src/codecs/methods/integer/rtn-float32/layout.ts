import { bitstreamBytes } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import type { PartLayout } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';

/** How the weights of one matrix are grouped, and where their codes lie. */
export interface GridLayout {
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

export function gridLayout([rows, columns]: MatrixShape, options: CodecOptions): GridLayout {
  const bits = Number(options.bits);
  const group = options.group === 'row' ? columns : Math.min(Number(options.group), columns);
  const groupsPerRow = Math.ceil(columns / group);
  return {
    ...{ rows, columns, bits, group, groupsPerRow },
    levels: 2 ** bits - 1,
    rowBytes: bitstreamBytes(columns, bits),
  };
}

/**
 * `codes` U8 [out, row bytes]: each row a little-endian stream of codes, padded to 4 bytes. `scales` F32 [out, groups per row].
 * `zeros` U8: one stream of all zero points, `bits` each, padded to 4 bytes at its end.
 */
export function gridParts({ rows, columns, bits, groupsPerRow, rowBytes }: GridLayout): PartLayout[] {
  const symbols = { rows, perRow: columns, bits };
  const zeroBytes = bitstreamBytes(rows * groupsPerRow, bits);
  return [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [rows, rowBytes], symbols },
    { suffix: 'scales', kind: 'scales', dtype: 'F32', shape: [rows, groupsPerRow] },
    { suffix: 'zeros', kind: 'scales', dtype: 'U8', shape: [zeroBytes] },
  ];
}
