/** The backward pass of out[t] = table[ids[t]]: dTable[ids[t], :] += dy[t, :]. */
export function embedBackward(
  ids: ArrayLike<number>,
  dy: readonly Float64Array[],
  dTable: Float64Array,
): void {
  dy.forEach((row, t) => addRow(dTable, ids[t], row));
}

/** Adds a row to row `index` of a table of the same width. */
export function addRow(table: Float64Array, index: number, row: Float64Array): void {
  row.forEach((value, i) => (table[index * row.length + i] += value));
}
