import { halvesToFloats } from '../../../../base/float16';
import type { MatrixShape } from '../../../contract/codec';
import { type PartLayout, type Parts, damaged } from '../../../contract/parts';
import { bits16Of, checkStoredScales } from '../../../kit/storedFloats';
import { checkStoredCodes, codesPart, type StoredRows } from '../../../kit/int8Rows/int8Rows';
import { inverseOf } from './scale';

/**
 * `codes` I8 [out, 4·⌈in/4⌉] of W·diag(s); `scales` F16 [out]: largest magnitude of a row ÷ 127; `inputScale` F16 [in]: s,
 * absent where a norm has taken it or it is 1 everywhere.
 */
export function partsLayout(shape: MatrixShape): PartLayout[] {
  const [rows, columns] = shape;
  return [
    codesPart(shape),
    { suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [rows] },
    { suffix: 'inputScale', kind: 'scales', dtype: 'F16', shape: [columns], optional: true },
  ];
}

/** The stored parts as rows of int8. @throws LabError bad-file for what no encoder writes */
export function openRows(name: string, parts: Parts): StoredRows {
  const codes = parts.get('codes')!;
  checkStoredCodes(name, codes);
  const scales = parts.get('scales')!;
  checkStoredScales(name, scales);
  const steps = halvesToFloats(bits16Of(scales));
  const stored = parts.get('inputScale');
  if (!stored) return { codes, steps };
  const scale = halvesToFloats(bits16Of(stored));
  const wrong = scale.findIndex((s) => !(s > 0 && s < Infinity));
  if (wrong >= 0) throw damaged(name, `the input scale of column ${wrong} is ${scale[wrong]}`);
  return { codes, steps, inverse: inverseOf(scale) };
}
