/** Symbols in reading order: `rows` runs of `perRow`, each below 2^bits ≤ 256. */
export interface Sequence extends SequenceShape {
  symbols: Uint8Array;
}

export interface SequenceShape {
  rows: number;
  perRow: number;
  bits: number;
}
