/**
 * Rows of a query or key projection between Hugging Face's order, where a rotary embedding turns row i of a head with row i + width/2, and
 * ggml's, where it turns row 2i with row 2i + 1 (convert_hf_to_gguf.py, `LlamaModel.permute`).
 *
 * @param values [rows, columns] row-major; rows are whole heads of `headWidth`
 */
export function toInterleaved(values: Float32Array, headWidth: number, columns: number): Float32Array {
  return moveRows(values, columns, (row) => {
    const at = row % headWidth;
    return row - at + (at % 2) * (headWidth / 2) + Math.floor(at / 2);
  });
}

/** The inverse of `toInterleaved`. */
export function toHalves(values: Float32Array, headWidth: number, columns: number): Float32Array {
  const half = headWidth / 2;
  return moveRows(values, columns, (row) => {
    const at = row % headWidth;
    return row - at + (at % half) * 2 + Math.floor(at / half);
  });
}

/** Row r of the result is row `from(r)` of `values`. */
function moveRows(values: Float32Array, columns: number, from: (row: number) => number): Float32Array {
  const moved = new Float32Array(values.length);
  for (let row = 0; row * columns < values.length; row++) {
    const start = from(row) * columns;
    moved.set(values.subarray(start, start + columns), row * columns);
  }
  return moved;
}
