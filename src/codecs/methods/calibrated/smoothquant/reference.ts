import { foldScale } from '../../../kit/foldScale';
import { floatsToHalves, floatToHalfBits, halfBitsToFloat } from '../../../../base/float16';
import type { MatrixShape } from '../../../contract/codec';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { codeRowBytes } from '../../../kit/int8Rows/int8Rows';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { openSmoothQuant, type SmoothQuantLayout, type SmoothQuantParts } from './layout';
import { smoothingScale } from './scale';

const MAX_CODE = 127;
const NAME = 'The matrix';

/** Returns the largest |w| of each column. */
export function columnMaxima(values: Float32Array, columns: number): Float32Array {
  const maxima = new Float32Array(columns);
  values.forEach((w, i) => (maxima[i % columns] = Math.max(maxima[i % columns], Math.abs(w))));
  return maxima;
}

/** Computes W·diag(s) with each product rounded to float32. */
export function smoothed(values: Float32Array, scale: Float32Array): Float32Array {
  return values.map((w, i) => w * scale[i % scale.length]);
}

/** Rounds w ÷ scale to int8, halves away from zero; the scale of a row is its largest magnitude ÷ 127 as float16. */
export function roundRowsToInt8(values: Float32Array, [rows, columns]: MatrixShape): SmoothQuantParts {
  const rowBytes = codeRowBytes(columns);
  const codes = new Int8Array(rows * rowBytes);
  const scales = new Uint16Array(rows);
  for (let row = 0; row < rows; row++) {
    const weights = values.subarray(row * columns, (row + 1) * columns);
    const largest = weights.reduce((max, w) => Math.max(max, Math.abs(w)), 0);
    scales[row] = floatToHalfBits(largest / MAX_CODE);
    const scale = halfBitsToFloat(scales[row]);
    codes.set(
      weights.map((w) => int8Code(w, scale)),
      row * rowBytes,
    );
  }
  requireHalfScales(NAME, bytesOf16(scales));
  return { codes: new Uint8Array(codes.buffer), scales: bytesOf16(scales) };
}

/** Rounds w ÷ scale, exactly because (q ± ½)·scale has at most 8 + 11 bits. */
function int8Code(w: number, scale: number): number {
  if (scale === 0) return 0;
  return Math.sign(w) * Math.min(MAX_CODE, Math.floor(Math.abs(w) / scale + 0.5));
}

export const smoothQuantReference: ReferenceDefinition<SmoothQuantLayout, SmoothQuantParts> = {
  encode(values, { rows, columns, alpha }, inputs) {
    if (!inputs) return roundRowsToInt8(values, [rows, columns]);
    const scale = smoothingScale(NAME, inputs.maxAbs, columnMaxima(values, columns), alpha);
    const parts = roundRowsToInt8(smoothed(values, scale), [rows, columns]);
    return { ...parts, inputScale: bytesOf16(floatsToHalves(scale)) };
  },

  /** Shares one scale between all readers of a norm, by which the norm is divided (paper, section 4.2). */
  encodeGroup({ tensors, norm }, inputs) {
    const [{ layout }] = tensors;
    if (!layout.fold || !norm || !inputs) {
      const alone = tensors.map(({ name, values, layout }) => [
        name,
        smoothQuantReference.encode(values, layout, inputs),
      ]);
      return { parts: new Map(alone as [string, SmoothQuantParts][]) };
    }
    const maxima = new Float32Array(layout.columns);
    for (const { values } of tensors)
      columnMaxima(values, layout.columns).forEach((w, c) => (maxima[c] = Math.max(maxima[c], w)));
    const scale = smoothingScale(NAME, inputs.maxAbs, maxima, layout.alpha);
    const parts = new Map(
      tensors.map(({ name, shape, values }) => [name, roundRowsToInt8(smoothed(values, scale), shape)]),
    );
    return { parts, replaced: foldScale(norm, scale), columnScale: scale };
  },

  decode(parts, { rows, columns }) {
    const { codes, steps, inverse } = openSmoothQuant(NAME, parts);
    const rowBytes = codeRowBytes(columns);
    const signed = new Int8Array(codes.slice().buffer);
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const weight = Math.fround(signed[row * rowBytes + column] * steps[row]);
      return inverse ? weight * inverse[column] : weight;
    });
  },

  inputRounding(parts) {
    const { inverse } = openSmoothQuant(NAME, parts);
    return { ...(inverse && { factors: inverse }) };
  },
};
