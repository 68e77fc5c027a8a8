import { LabError } from '../../../base/errors';
import type { MatrixShape } from '../../contract/codec';
import { part, type PartsOf } from '../../contract/parts';
import type { RowFormat, RowOptions } from './format';

/** The sizes of one matrix in a row format. */
export interface TernaryRowsLayout {
  format: RowFormat;
  threshold: number;
  rows: number;
  columns: number;
  unitsPerRow: number;
  rowBytes: number;
  /** The number of columns that share a cutoff: those of a unit, or all. */
  groupSize: number;
  groupsPerRow: number;
}

/**
 * Makes the `layout` function of a format.
 * @throws LabError bad-input for rows that are not a multiple of the format's blocks, for which `encodeTensor` names the tensor
 */
export function ternaryRowsLayout(label: string, format: RowFormat) {
  const { unitWeights, unitBytes, scales } = format;
  const block = scales === 'block';
  return ([rows, columns]: MatrixShape, { threshold }: RowOptions): TernaryRowsLayout => {
    if (block && columns % unitWeights !== 0)
      throw new LabError(
        'bad-input',
        `${label} codes blocks of ${unitWeights} weights, but rows of ${columns} are not a multiple of that.`,
        'Choose a codec with smaller groups for this matrix.',
      );
    const unitsPerRow = Math.ceil(columns / unitWeights);
    return {
      format,
      threshold,
      rows,
      columns,
      unitsPerRow,
      rowBytes: unitsPerRow * unitBytes,
      groupSize: block ? unitWeights : columns,
      groupsPerRow: block ? unitsPerRow : 1,
    };
  };
}

/** Describes `codes` U8 [out, units per row, unit bytes], exactly as published, and `scales` F32 [out], where rows have scales. */
export function ternaryRowsParts({ format, rows, unitsPerRow }: TernaryRowsLayout) {
  const shape = [rows, unitsPerRow, format.unitBytes];
  return {
    codes: part('codes', 'U8', shape, { unpadded: true }),
    scales: format.scales === 'row' ? part('scales', 'F32', [rows]) : undefined,
  };
}

export type TernaryRowsParts = PartsOf<typeof ternaryRowsParts>;
