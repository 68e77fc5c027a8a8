/** Options of a row format. */
export interface RowOptions {
  /** From which magnitude on a weight becomes ±1: absolute, or a share of its group's largest. */
  threshold: number;
}

/** What weights that share a threshold are coded with. */
export interface GroupChoice {
  /** As stored: a float32 for `row`, what a float16 holds for `block`, 1 for `none`. */
  scale: number;
  /** Weights of at least this magnitude become ±1. */
  cut: number;
}

/**
 * A published byte format of ternary weights: each row is cut into units of so many weights, each stored in so many bytes; the
 * last unit of a row is filled up with zeros.
 */
export interface RowFormat {
  /** The condition that selects it in the kernels codecs/kit/ternaryBlocks/encode and decode. */
  kernel: 't81' | 't81Row' | 'tq1' | 'tq2';
  unitWeights: number;
  unitBytes: number;
  /** No scale, a float32 for each row in a part of its own, or a float16 at the end of each unit. */
  scales: 'none' | 'row' | 'block';
  /** @param values of a row, or of a unit where that has the scale */
  choose: (values: Float32Array, threshold: number) => GroupChoice;
  /** Bytes of a unit from its trits −1, 0, 1. `scaleBits`: the float16 scale, where units have one. */
  pack: (trits: ArrayLike<number>, scaleBits: number) => ArrayLike<number>;
  /** Trits of a unit; damaged bytes may give 2 where the format can. */
  unpack: (bytes: Uint8Array) => ArrayLike<number>;
  errorBound: (options: RowOptions) => (largest: number) => number;
}
