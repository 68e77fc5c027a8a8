import type { MatrixShape } from '../../../contract/codec';
import type { PartLayout } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { outlierCount } from './columns';

/** Counts of one matrix W [rows, columns]: columns = kept + outliers. */
export interface Counts {
  rows: number;
  columns: number;
  kept: number;
  outliers: number;
}

export function countsOf([rows, columns]: MatrixShape, options: CodecOptions): Counts {
  const outliers = outlierCount(columns, Number(options.columns));
  return { rows, columns, kept: columns - outliers, outliers };
}

/** Bytes of the int8 codes, padded to 4. */
export function codeBytes({ rows, kept }: Counts): number {
  return Math.ceil((rows * kept) / 4) * 4;
}

/**
 * `codes` U8: int8 [out, in − k] in two's complement, padded to 4 bytes with zeros; `scales` F16 [out];
 * `columns` U32 [k], ascending; `outliers` F16 [out, k]. A pair without content (k = 0, k = in) is left out.
 */
export function partsLayout(counts: Counts): PartLayout[] {
  const coded: PartLayout[] = [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [codeBytes(counts)] },
    { suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [counts.rows] },
  ];
  const floats: PartLayout[] = [
    { suffix: 'columns', kind: 'tables', dtype: 'U32', shape: [counts.outliers] },
    { suffix: 'outliers', kind: 'float', dtype: 'F16', shape: [counts.rows, counts.outliers] },
  ];
  return [...(counts.kept > 0 ? coded : []), ...(counts.outliers > 0 ? floats : [])];
}

/** Encoded pieces before they become parts. */
export interface Pieces {
  codes: Uint8Array;
  scales: Uint8Array;
  columns: Uint32Array;
  outliers: Uint8Array;
}

/** The parts of the layout, by suffix. */
export function partsOf(counts: Counts, pieces: Pieces): Map<string, Uint8Array> {
  const columns = new Uint8Array(pieces.columns.slice().buffer);
  const bytes: Record<string, Uint8Array> = { ...pieces, columns };
  return new Map(partsLayout(counts).map(({ suffix }) => [suffix, bytes[suffix]]));
}
