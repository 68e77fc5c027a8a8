/**
 * Permutes the rows of a query or key projection from Hugging Face's order, in which row i of a head is rotated with row
 * i + width/2, to ggml's, in which row 2i is rotated with row 2i + 1 (convert_hf_to_gguf.py, `LlamaModel.permute`).
 * @param values [rows, columns] row-major; rows are whole heads of `headWidth`
 */
export function toInterleaved(values: Float32Array, headWidth: number, columns: number): Float32Array {
  return permuteRows(values, columns, (row) => {
    const at = row % headWidth;
    return row - at + (at % 2) * (headWidth / 2) + Math.floor(at / 2);
  });
}

/** Returns the inverse of `toInterleaved`. */
export function toSplitHalves(values: Float32Array, headWidth: number, columns: number): Float32Array {
  const half = headWidth / 2;
  return permuteRows(values, columns, (row) => {
    const at = row % headWidth;
    return row - at + (at % half) * 2 + Math.floor(at / half);
  });
}

/** Returns a copy of `values` whose row r is row `from(r)`. */
function permuteRows(values: Float32Array, columns: number, from: (row: number) => number): Float32Array {
  const permuted = new Float32Array(values.length);
  for (let row = 0; row * columns < values.length; row++) {
    const start = from(row) * columns;
    permuted.set(values.subarray(start, start + columns), row * columns);
  }
  return permuted;
}
