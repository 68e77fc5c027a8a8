import type { MatrixShape } from '../../../contract/codec';
import { type PartLayout, type Parts, damaged } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { findNonFinite16, HALF_EXPONENT } from '../../../kit/storedFloats';
import { checkStoredCodes, codesPart, type StoredRows } from '../../../kit/int8Rows/int8Rows';

/**
 * 1 ÷ 127 in float32: bitsandbytes restores a weight as code · largest · this. Every float32 magnitude times it, times 127,
 * stays finite.
 */
const STEP_OF_LARGEST = Math.fround(1 / 127);

/** A row whose largest magnitude lies below this is stored as zeros (shaders/linear/int8/code.wgsl). */
const LEAST_MAXIMUM = 2 ** -100;

/**
 * `codes` I8 [out, 4·⌈in/4⌉], 0 in outlier columns; `scales` F32 [out]: the largest magnitude of each row besides them.
 * With outlier columns: `columns` U32 [k], ascending, and `outliers` F16 [out, k].
 */
export function partsLayout(shape: MatrixShape): PartLayout[] {
  const [rows, columns] = shape;
  return [
    codesPart(shape),
    { suffix: 'scales', kind: 'scales', dtype: 'F32', shape: [rows] },
    { suffix: 'columns', kind: 'tables', dtype: 'U32', shape: [columns], variable: true, optional: true },
    {
      suffix: 'outliers',
      kind: 'float',
      dtype: 'F16',
      shape: [rows * columns],
      variable: true,
      optional: true,
    },
  ];
}

/** Columns in which calibration saw a magnitude of at least the threshold, ascending; none without calibration. */
export function outlierColumns(
  columns: number,
  { threshold }: CodecOptions,
  inputs?: { maxAbs: ArrayLike<number> },
): Uint32Array {
  if (!inputs || threshold === 0) return new Uint32Array();
  const all = Uint32Array.from({ length: columns }, (_, column) => column);
  return all.filter((column) => inputs.maxAbs[column] >= Number(threshold));
}

/** The stored parts as rows of int8. @throws LabError bad-file for what no encoder writes */
export function openRows(name: string, [rows, columns]: MatrixShape, parts: Parts): StoredRows {
  const codes = parts.get('codes')!;
  checkStoredCodes(name, codes);
  const largest = new Float32Array(parts.get('scales')!.slice().buffer);
  const wrong = largest.findIndex((m) => !(m === 0 || (m >= LEAST_MAXIMUM && m < Infinity)));
  if (wrong >= 0) throw damaged(name, `the scale of row ${wrong} is ${largest[wrong]}`);
  const outliers = openOutliers(name, rows, columns, parts);
  return { codes, steps: largest.map((m) => m * STEP_OF_LARGEST), ...(outliers && { outliers }) };
}

function openOutliers(name: string, rows: number, columns: number, parts: Parts): StoredRows['outliers'] {
  const numbers = new Uint32Array(parts.get('columns')?.slice().buffer ?? new ArrayBuffer(0));
  const values = parts.get('outliers') ?? new Uint8Array();
  const wrong = numbers.findIndex((column, i) => column >= columns || (i > 0 && column <= numbers[i - 1]));
  if (wrong >= 0) throw damaged(name, `outlier column ${wrong} is number ${numbers[wrong]} of ${columns}`);
  if (values.length !== 2 * rows * numbers.length)
    throw damaged(name, `it has ${values.length} bytes of outliers for ${numbers.length} columns`);
  const index = findNonFinite16(values, HALF_EXPONENT);
  if (index >= 0) throw damaged(name, `outlier ${index} is not a finite number`);
  return numbers.length > 0 ? { columns: numbers, values } : undefined;
}
