import { roundHalfEven } from '../base/rounding';
import { CorruptData } from '../codecs/kit/entropyCoding/bitio';
import { packBytes, unpackBytes } from './packing';

/** Differences as int8 codes with one float32 scale for each row: the last dimension of a tensor. */

const LEVELS = 127;

/** Returns the length of a row and the number of rows of a tensor; one row for a scalar or a vector. */
export function rowsOf(shape: readonly number[]): { rows: number; columns: number } {
  const columns = shape.at(-1) ?? 1;
  const count = shape.reduce((product, n) => product * n, 1);
  return { rows: columns === 0 ? 0 : count / columns, columns };
}

/** Encodes values as codes round(Δ ÷ scale) with scale = max|Δ| ÷ 127 of the row. */
export function encodeInt8(values: Float32Array, shape: readonly number[]) {
  const { rows, columns } = rowsOf(shape);
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const range = values.subarray(row * columns, (row + 1) * columns);
    scales[row] = range.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / LEVELS;
    if (scales[row] === 0) continue;
    range.forEach((value, i) => {
      codes[row * columns + i] = Math.max(-LEVELS, Math.min(LEVELS, roundHalfEven(value / scales[row])));
    });
  }
  return { codes: packBytes(new Uint8Array(codes.buffer)), scales: packBytes(new Uint8Array(scales.buffer)) };
}

/** Decodes what `encodeInt8` stored. @throws CorruptData for a scale that is negative or not finite */
export function decodeInt8(parts: ReadonlyMap<string, Uint8Array>, shape: readonly number[]): Float32Array {
  const { rows, columns } = rowsOf(shape);
  const codes = new Int8Array(unpackBytes(parts.get('codes'), rows * columns).slice().buffer);
  const scales = new Float32Array(unpackBytes(parts.get('scales'), 4 * rows).slice().buffer);
  const bad = scales.findIndex((scale) => !(scale >= 0 && Number.isFinite(scale)));
  if (bad >= 0) throw new CorruptData(`scale ${bad} is negative or not finite`);
  return Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / columns)]);
}
