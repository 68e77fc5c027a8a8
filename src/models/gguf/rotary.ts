/** Rows of values, or of the bytes of their blocks. */
type Rows = Float32Array | Uint8Array;

/**
 * Permutes the rows of a query or key projection from Hugging Face's order, in which row i of a head is rotated with row
 * i + width/2, to ggml's, in which row 2i is rotated with row 2i + 1 (convert_hf_to_gguf.py, `LlamaModel.permute`).
 * @param values [rows, columns] row-major; rows are whole heads of `headWidth`
 */
export function toInterleaved<T extends Rows>(values: T, headWidth: number, columns: number): T {
  return permuteRows(values, columns, (row) => {
    const at = row % headWidth;
    return row - at + (at % 2) * (headWidth / 2) + Math.floor(at / 2);
  });
}

/** Returns the inverse of `toInterleaved`. */
export function toSplitHalves<T extends Rows>(values: T, headWidth: number, columns: number): T {
  const half = headWidth / 2;
  return permuteRows(values, columns, (row) => {
    const at = row % headWidth;
    return row - at + (at % half) * 2 + Math.floor(at / half);
  });
}

/** Returns a copy of `values` whose row r is row `from(r)`. */
function permuteRows<T extends Rows>(values: T, columns: number, from: (row: number) => number): T {
  const permuted = values.slice() as T;
  for (let row = 0; row * columns < values.length; row++) {
    const start = from(row) * columns;
    permuted.set(values.subarray(start, start + columns), row * columns);
  }
  return permuted;
}
