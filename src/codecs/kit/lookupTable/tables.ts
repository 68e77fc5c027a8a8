/** A 4-bit format that stores the nearest of 16 fixed levels times the block's largest magnitude. */
export interface LookupTable {
  /** The level of each code, as a share of the block's absmax. */
  levels: Float32Array;
  /**
   * The ascending decision boundaries (float32), as shares of absmax. A weight's rank is the number of boundaries strictly below it, so
   * that a weight on a boundary takes the lower level.
   */
  boundaries: Float32Array;
  /** The code of each rank. */
  codes: Uint32Array;
  /** Whether ranks are those of |w|, and a negative weight adds 8 to its code (FP4). Otherwise they are those of w (NF4). */
  signMagnitude: boolean;
}

/**
 * The NormalFloat-4 levels as published: quantiles of a standard normal distribution, normalised to [−1, 1], with an exact zero.
 * Source: Dettmers et al. 2023, QLoRA, arXiv 2305.14314, appendix E.
 */
const NF4_LEVELS = Float32Array.of(
  -1.0,
  -0.6961928009986877,
  -0.5250730514526367,
  -0.39491748809814453,
  -0.28444138169288635,
  -0.18477343022823334,
  -0.09105003625154495,
  0.0,
  0.07958029955625534,
  0.16093020141124725,
  0.24611230194568634,
  0.33791524171829224,
  0.44070982933044434,
  0.5626170039176941,
  0.7229568362236023,
  1.0,
);

/** The magnitudes of bitsandbytes' FP4 by code 0 … 7, in twelfths of the largest: E2M1 with one subnormal. */
const FP4_TWELFTHS = [0, 0.0625, 8, 12, 4, 6, 2, 3];

/** The decision boundaries of bitsandbytes for FP4 magnitudes. Its constants are midpoints, truncated to a few digits. */
const FP4_BOUNDARIES = Float32Array.of(
  0.00260417,
  0.0859375,
  0.20833333,
  0.29166667,
  0.4166667,
  0.583333,
  0.8333333,
);

/** Computes the float32 midpoints between neighbours of an ascending list. */
function midpoints(levels: Float32Array): Float32Array {
  return Float32Array.from(levels.subarray(1), (level, i) => (level + levels[i]) / 2);
}

/** The table of the codec nf4. */
export const NF4: LookupTable = {
  levels: NF4_LEVELS,
  boundaries: midpoints(NF4_LEVELS),
  codes: Uint32Array.from(NF4_LEVELS, (_, i) => i),
  signMagnitude: false,
};

/** The table of the codec fp4. */
export const FP4: LookupTable = {
  levels: Float32Array.from([...FP4_TWELFTHS, ...FP4_TWELFTHS.map((t) => -t)], (t) => t / 12),
  boundaries: FP4_BOUNDARIES,
  codes: Uint32Array.of(0, 1, 6, 7, 4, 5, 2, 3),
  signMagnitude: true,
};
