import { floatToHalfBits, halvesToFloats } from '../../../../base/float16';
import { int8Row } from '../../../../runtime/reference/int8';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { codeRowBytes } from '../../../kit/int8Rows/int8Rows';
import { requireHalfOutliers } from '../../../kit/int8Rows/outliers';
import { bits16Of, bytesOf16 } from '../../../kit/storedFloats';
import { openLlmInt8, outlierColumns, type LlmInt8Layout, type LlmInt8Parts } from './layout';

const NAME = 'The matrix';

/** Stores outlier columns in float16 and the rest of each row in 127ths of its largest magnitude. */
export const llmInt8Reference: ReferenceDefinition<LlmInt8Layout, LlmInt8Parts> = {
  encode(values, layout, inputs) {
    const { rows, columns } = layout;
    const outliers = outlierColumns(layout, inputs);
    const isOutlier = new Set(outliers);
    const rowBytes = codeRowBytes(columns);
    const codes = new Int8Array(rows * rowBytes);
    const scales = new Float32Array(rows);
    const halves = new Uint16Array(rows * outliers.length);
    for (let row = 0; row < rows; row++) {
      const weights = values.subarray(row * columns, (row + 1) * columns);
      const coded = int8Row(weights.map((w, column) => (isOutlier.has(column) ? 0 : w)));
      codes.set(coded.codes, row * rowBytes);
      scales[row] = coded.largest;
      outliers.forEach((column, j) => {
        halves[row * outliers.length + j] = floatToHalfBits(weights[column]);
      });
    }
    const parts = { codes: new Uint8Array(codes.buffer), scales: new Uint8Array(scales.buffer) };
    if (outliers.length === 0) return parts;
    requireHalfOutliers(NAME, bytesOf16(halves), outliers);
    return { ...parts, columns: new Uint8Array(outliers.buffer), outliers: bytesOf16(halves) };
  },

  decode(parts, layout) {
    const { rows, columns } = layout;
    const { codes, steps, outliers } = openLlmInt8({ name: NAME, shape: [rows, columns], layout, parts });
    const rowBytes = codeRowBytes(columns);
    const floats = halvesToFloats(bits16Of(outliers?.values ?? new Uint8Array()));
    const numbers = outliers?.columns ?? new Uint32Array();
    const signed = new Int8Array(codes.slice().buffer);
    const decoded = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++)
        decoded[row * columns + column] = signed[row * rowBytes + column] * steps[row];
      numbers.forEach((column, j) => {
        decoded[row * columns + column] = floats[row * numbers.length + j];
      });
    }
    return decoded;
  },

  inputRounding(parts, layout) {
    const { rows, columns } = layout;
    const { outliers } = openLlmInt8({ name: NAME, shape: [rows, columns], layout, parts });
    return { ...(outliers && { outliers: outliers.columns }) };
  },
};
