import { addRow } from './embed';

/** The backward pass of out[t] += table[offset + t mod length]: dTable[offset + t mod length, :] += dy[t, :]. */
export function positionsBackward(
  dy: readonly Float64Array[],
  length: number,
  dTable: Float64Array,
  offset = 0,
): void {
  dy.forEach((row, t) => addRow(dTable, offset + (t % length), row));
}
