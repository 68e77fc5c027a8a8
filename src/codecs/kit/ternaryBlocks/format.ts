/** Options of a row format. */
export interface RowOptions {
  /** The magnitude from which a weight becomes ±1, either absolute or a share of its group's largest. */
  threshold: number;
}

/** Scale and cutoff of the weights of one group. */
export interface GroupChoice {
  /** The scale: for `row` a float32, for `block` a float16 once it is stored, for `none` 1. */
  scale: number;
  /** Weights of at least this magnitude become ±1. */
  cutoff: number;
}

/**
 * A published byte format of ternary weights. Each row is divided into units of `unitWeights` weights, which are stored in `unitBytes`
 * bytes. The last unit of a row is filled up with zeros.
 */
export interface RowFormat {
  /** The condition that selects it in the kernels codecs/kit/ternaryBlocks/encode and decode. */
  kernel: 't81' | 't81Row' | 'tq1' | 'tq2';
  /** The name of the type in ggml, if it is one. */
  ggufType?: string;
  unitWeights: number;
  unitBytes: number;
  /** The kind of scales: none, a float32 for each row in a part of its own, or a float16 at the end of each unit. */
  scales: 'none' | 'row' | 'block';
  /** Chooses scale and cutoff. @param values the weights of a row, or of a unit if units have scales */
  choose: (values: Float32Array, threshold: number) => GroupChoice;
  /** Packs the trits −1, 0, 1 of a unit. @param scaleBits the float16 scale, if units have scales */
  pack: (trits: ArrayLike<number>, scaleBits: number) => ArrayLike<number>;
  /** Unpacks the trits of a unit. Damaged bytes give 2 in some formats. */
  unpack: (bytes: Uint8Array) => ArrayLike<number>;
  errorBound: (options: RowOptions) => (largest: number) => number;
}
