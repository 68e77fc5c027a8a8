import { addRow } from './embed';

/** out[t] += table[t mod length] backwards: dTable[t mod length, :] += dy[t, :]. */
export function positionsBackward(dy: readonly Float64Array[], length: number, dTable: Float64Array): void {
  dy.forEach((row, t) => addRow(dTable, t % length, row));
}
