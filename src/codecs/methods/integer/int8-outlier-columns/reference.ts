import { floatToHalfBits, halfBitsToFloat, halvesToFloats } from '../../../../base/float16';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { requireHalfOutliers } from '../../../kit/int8Rows/outliers';
import { bits16Of, bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { columnPlaces, largestColumns, OUTLIER, splitColumns, storedColumns } from './columns';
import { outlierParts, type OutlierLayout, type OutlierParts } from './layout';

const MAX_CODE = 127;
const NAME = 'The matrix';

/** Rounds w ÷ scale within ±127, halves away from zero; comparisons with exact products correct the rounded quotient. */
function int8Code(w: number, scale: number): number {
  if (scale === 0) return 0;
  let magnitude = Math.floor(Math.abs(w) / scale + 0.5);
  if (Math.abs(w) < (magnitude - 0.5) * scale) magnitude--;
  if (Math.abs(w) >= (magnitude + 0.5) * scale) magnitude++;
  return Math.sign(w) * Math.min(magnitude, MAX_CODE);
}

/** Returns the float16 bits of each row's scale, the largest |w| over the kept columns ÷ 127. */
function rowScales(values: Float32Array, rows: number, columns: number, kept: Uint32Array): Uint16Array {
  return Uint16Array.from({ length: rows }, (_, row) => {
    const largest = kept.reduce((max, column) => Math.max(max, Math.abs(values[row * columns + column])), 0);
    return floatToHalfBits(largest / MAX_CODE);
  });
}

/** Stores the columns of largest norm in float16 and the rest of each row in 127ths of its largest magnitude. */
export const outlierReference: ReferenceDefinition<OutlierLayout, OutlierParts> = {
  encode(values, layout) {
    const { rows, columns } = layout;
    const { kept, outliers } = splitColumns(columns, largestColumns(values, columns, layout.outliers));
    const scaleBits = rowScales(values, rows, columns, kept);
    requireHalfScales(NAME, bytesOf16(scaleBits));
    const parts = zeroedParts(outlierParts(layout));
    const halves = new Uint16Array(rows * outliers.length);
    for (let row = 0; row < rows; row++) {
      const scale = halfBitsToFloat(scaleBits[row]);
      kept.forEach((column, i) => {
        // The array stores the code modulo 256, which is its two's complement.
        parts.codes![row * kept.length + i] = int8Code(values[row * columns + column], scale);
      });
      outliers.forEach((column, i) => {
        halves[row * outliers.length + i] = floatToHalfBits(values[row * columns + column]);
      });
    }
    requireHalfOutliers(NAME, bytesOf16(halves), outliers);
    parts.scales?.set(bytesOf16(scaleBits));
    parts.columns?.set(new Uint8Array(outliers.buffer));
    parts.outliers?.set(bytesOf16(halves));
    return parts;
  },

  decode(parts, { rows, columns, kept, outliers }) {
    const places = columnPlaces(splitColumns(columns, storedColumns(NAME, parts.columns, columns)));
    const codes = Int8Array.from(parts.codes ?? []);
    const scales = halvesToFloats(bits16Of(parts.scales ?? new Uint8Array()));
    const floats = halvesToFloats(bits16Of(parts.outliers ?? new Uint8Array()));
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const row = Math.floor(i / columns);
      const place = places[i % columns];
      if (place >= OUTLIER) return floats[row * outliers + place - OUTLIER];
      return codes[row * kept + place] * scales[row];
    });
  },
};
