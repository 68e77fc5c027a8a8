import type { MatrixShape } from '../../../contract/codec';
import { damaged, part, type PartsOf } from '../../../contract/parts';
import { halfValues } from '../../../kit/halves';
import { checkStoredCodes, codesPart, type StoredRows } from '../../../kit/int8Rows/int8Rows';
import { checkStoredScales } from '../../../kit/storedFloats';
import { inverseOf } from './scale';

interface SmoothQuantOptions {
  alpha: number;
  activations: 'int8' | 'float';
  fold: boolean;
}

export interface SmoothQuantLayout extends SmoothQuantOptions {
  rows: number;
  columns: number;
}

export function smoothQuantLayout(
  [rows, columns]: MatrixShape,
  options: SmoothQuantOptions,
): SmoothQuantLayout {
  return { rows, columns, ...options };
}

/**
 * Defines the parts: `codes` I8 [out, 4·⌈in/4⌉] of W·diag(s); `scales` F16 [out], the largest magnitude of a row ÷ 127; and
 * `inputScale` F16 [in], which holds s unless it is folded into a norm or 1 everywhere.
 */
export function smoothQuantParts({ rows, columns }: SmoothQuantLayout) {
  return {
    codes: codesPart([rows, columns]),
    scales: part('scales', 'F16', [rows]),
    inputScale: part('scales', 'F16', [columns], { optional: true }),
  };
}

export type SmoothQuantParts = PartsOf<typeof smoothQuantParts>;

/** Returns the stored parts as rows of int8. @throws LabError bad-file for parts that no encoder writes */
export function openSmoothQuant(name: string, { codes, scales, inputScale }: SmoothQuantParts): StoredRows {
  checkStoredCodes(name, codes);
  checkStoredScales(name, scales);
  const steps = halfValues(scales);
  if (!inputScale) return { codes, steps };
  const scale = halfValues(inputScale);
  const wrong = scale.findIndex((s) => !(s > 0 && s < Infinity));
  if (wrong >= 0) throw damaged(name, `the input scale of column ${wrong} is ${scale[wrong]}`);
  return { codes, steps, inverse: inverseOf(scale) };
}
