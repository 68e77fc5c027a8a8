import { LabError } from '../../../base/errors';
import type { MatrixShape } from '../../contract/codec';
import { part, type PartsOf } from '../../contract/parts';
import type { RowFormat, RowOptions } from './format';

/** Everything packing and kernels need to know of one matrix. */
export interface TernaryRowsLayout {
  format: RowFormat;
  threshold: number;
  rows: number;
  columns: number;
  unitsPerRow: number;
  rowBytes: number;
  /** Columns that share a threshold: a unit's, or all. */
  groupSize: number;
  groupsPerRow: number;
}

/**
 * The layout of a format's matrices.
 * @throws LabError bad-input for rows the format's blocks do not fit; `encodeTensor` says so with the tensor's name
 */
export function ternaryRowsLayout(label: string, format: RowFormat) {
  const { unitWeights, unitBytes, scales } = format;
  const block = scales === 'block';
  return ([rows, columns]: MatrixShape, { threshold }: RowOptions): TernaryRowsLayout => {
    if (block && columns % unitWeights !== 0)
      throw new LabError(
        'bad-input',
        `${label} codes blocks of ${unitWeights} weights; rows of ${columns} do not fit.`,
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

/** `codes` U8 [out, units per row, unit bytes], exactly as published. `scales` F32 [out], where rows have one. */
export function ternaryRowsParts({ format, rows, unitsPerRow }: TernaryRowsLayout) {
  const shape = [rows, unitsPerRow, format.unitBytes];
  return {
    codes: part('codes', 'U8', shape, { unpadded: true }),
    scales: format.scales === 'row' ? part('scales', 'F32', [rows]) : undefined,
  };
}

export type TernaryRowsParts = PartsOf<typeof ternaryRowsParts>;
