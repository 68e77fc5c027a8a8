import type { MatrixShape } from '../../../contract/codec';
import { part, type PartsOf } from '../../../contract/parts';

/** Counts of one matrix W [rows, columns]: columns = kept + outliers. */
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

/** Bytes of the int8 codes, padded to 4. */
export function int8Bytes({ rows, kept }: Pick<OutlierLayout, 'rows' | 'kept'>): number {
  return Math.ceil((rows * kept) / 4) * 4;
}

/**
 * `codes` U8: int8 [out, in − k] in two's complement, padded to 4 bytes with zeros; `scales` F16 [out];
 * `columns` U32 [k], ascending; `outliers` F16 [out, k]. A pair without content (k = 0, k = in) is left out.
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
