/** Symbols in reading order, each below 2^bits ≤ 256. */
export interface Sequence extends SequenceShape {
  symbols: Uint8Array;
}

/** The shape of a sequence: `rows` rows of `perRow` symbols of `bits` bits. */
export interface SequenceShape {
  rows: number;
  perRow: number;
  bits: number;
}
