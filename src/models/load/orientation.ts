import type { TensorSpec } from '../architecture';

/** Side of the square tiles that keep source and target of a transposition in the cache. */
const TILE = 32;

/** Returns the transpose of a row-major matrix [rows, columns], as [columns, rows]. */
export function transposedMatrixValues(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row += TILE)
    for (let column = 0; column < columns; column += TILE) copyTile(values, out, rows, columns, row, column);
  return out;
}

function copyTile(
  from: Float32Array,
  to: Float32Array,
  rows: number,
  columns: number,
  row: number,
  column: number,
): void {
  const lastRow = Math.min(row + TILE, rows);
  const lastColumn = Math.min(column + TILE, columns);
  for (let r = row; r < lastRow; r++)
    for (let c = column; c < lastColumn; c++) to[c * rows + r] = from[r * columns + c];
}

/** Converts a tensor's values from checkpoint to canonical orientation and row order; returns the same array if they agree. */
export function toCanonical(spec: TensorSpec, stored: Float32Array): Float32Array {
  const [out, inner] = spec.matrix;
  if (spec.transposed) return transposedMatrixValues(stored, inner, out);
  const order = spec.rowOrder;
  return order ? permutedRows(stored, rowWidth(spec), (row) => [order[row], row]) : stored;
}

/** Converts a tensor's values from canonical to checkpoint orientation and row order; returns the same array if they agree. */
export function toCheckpoint(spec: TensorSpec, canonical: Float32Array): Float32Array {
  const [out, inner] = spec.matrix;
  if (spec.transposed) return transposedMatrixValues(canonical, out, inner);
  const order = spec.rowOrder;
  return order ? permutedRows(canonical, rowWidth(spec), (row) => [row, order[row]]) : canonical;
}

/** Returns the row length; the rows of a vector are its elements, since a bias has the order of the layer's outputs. */
function rowWidth({ shape, matrix: [, inner] }: TensorSpec): number {
  return shape.length === 1 ? 1 : inner;
}

function permutedRows(
  values: Float32Array,
  width: number,
  move: (row: number) => readonly [from: number, to: number],
): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < values.length / width; row++) {
    const [from, to] = move(row);
    out.set(values.subarray(from * width, (from + 1) * width), to * width);
  }
  return out;
}
