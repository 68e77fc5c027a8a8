import type { MatrixShape } from '../../../contract/codec';
import { part, type PartsOf } from '../../../contract/parts';

/** The sizes of one matrix W [rows, columns], with columns = kept + outliers. */
export interface OutlierLayout {
  rows: number;
  columns: number;
  kept: number;
  outliers: number;
}

export function outlierLayout([rows, columns]: MatrixShape, options: { columns: number }): OutlierLayout {
  const outliers = Math.min(options.columns, columns);
  return { rows, columns, kept: columns - outliers, outliers };
}

/** Returns the bytes of the int8 codes, padded to 4. */
export function int8Bytes({ rows, kept }: Pick<OutlierLayout, 'rows' | 'kept'>): number {
  return Math.ceil((rows * kept) / 4) * 4;
}

/**
 * Defines the parts: `codes` U8, int8 [out, in − k] in two's complement, padded to 4 bytes with zeros; `scales` F16 [out];
 * `columns` U32 [k], ascending; and `outliers` F16 [out, k]. Empty parts (k = 0, k = in) are absent.
 */
export function outlierParts(layout: OutlierLayout) {
  const { rows, kept, outliers } = layout;
  return {
    codes: kept > 0 ? part('codes', 'U8', [int8Bytes(layout)]) : undefined,
    scales: kept > 0 ? part('scales', 'F16', [rows]) : undefined,
    columns: outliers > 0 ? part('tables', 'U32', [outliers]) : undefined,
    outliers: outliers > 0 ? part('float', 'F16', [rows, outliers]) : undefined,
  };
}

export type OutlierParts = PartsOf<typeof outlierParts>;
