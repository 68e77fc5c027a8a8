import { LabError } from '../../../base/errors';
import type { MatrixShape } from '../../contract/codec';
import type { PartLayout } from '../../contract/parts';
import type { CodecMeta } from '../../contract/meta';
import type { RowFormat } from './format';

/** Everything packing and kernels need to know of one matrix. */
export interface RowLayout {
  rows: number;
  columns: number;
  unitsPerRow: number;
  rowBytes: number;
  /** Columns that share a threshold: a unit's, or all. */
  groupSize: number;
  groupsPerRow: number;
}

/** @throws LabError bad-input for rows the format's blocks do not fit; `encodeTensor` says so with the tensor's name */
export function rowLayout(
  { unitWeights, unitBytes, scales }: RowFormat,
  { label, columnsMultiple = 1 }: CodecMeta,
  [rows, columns]: MatrixShape,
): RowLayout {
  if (columns % columnsMultiple !== 0)
    throw new LabError(
      'bad-input',
      `${label} codes blocks of ${columnsMultiple} weights; rows of ${columns} do not fit.`,
      'Choose a codec with smaller groups for this matrix.',
    );
  const unitsPerRow = Math.ceil(columns / unitWeights);
  const block = scales === 'block';
  return {
    rows,
    columns,
    unitsPerRow,
    rowBytes: unitsPerRow * unitBytes,
    groupSize: block ? unitWeights : columns,
    groupsPerRow: block ? unitsPerRow : 1,
  };
}

/** `codes` U8 [out, units per row, unit bytes], exactly as published. `scales` F32 [out], where rows have one. */
export function rowParts(format: RowFormat, { rows, unitsPerRow }: RowLayout): PartLayout[] {
  const shape = [rows, unitsPerRow, format.unitBytes];
  const codes: PartLayout = { suffix: 'codes', kind: 'codes', dtype: 'U8', shape, unpadded: true };
  if (format.scales !== 'row') return [codes];
  return [codes, { suffix: 'scales', kind: 'scales', dtype: 'F32', shape: [rows] }];
}
