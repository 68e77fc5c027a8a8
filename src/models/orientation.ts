/** Tiles keep both sides of a transposition in the cache. */
const TILE = 32;

/** The transpose of a row-major matrix [rows, columns], as [columns, rows]. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
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
