/** What the published code decides by importance statistics. */
export interface ColumnUse {
  /** 1 where a column's importance exceeds one half. */
  important: Uint32Array;
  /** Whether int4_awq_10x_v1 multiplies the tensor by 1.5: mean + standard deviation of the statistics above .1. */
  enlarge: boolean;
}

/** Column sums beyond this leave a tensor as it is: a weight of it, enlarged, might have no float16 range any more. */
const LARGEST_SUM = 2 ** 14;

/**
 * The published importance comes from calibration of unstated scale. Here it is the mean |w| of a column of the stored matrix:
 * relative to the largest column for the mask, as it is for ×1.5. Element i belongs to importance i modulo its length.
 */
export function columnUse(sums: Float32Array, rows: number): ColumnUse {
  const largest = sums.reduce((a, b) => Math.max(a, b), 0);
  if (largest > LARGEST_SUM) return { important: new Uint32Array(sums.length), enlarge: false };
  const important = Uint32Array.from(sums, (sum) => Number(sum > largest / 2));
  const means = Array.from(sums, (sum) => sum / rows);
  const mean = means.reduce((a, b) => a + b, 0) / means.length;
  const variance = means.reduce((a, b) => a + (b - mean) ** 2, 0) / means.length;
  return { important, enlarge: mean + Math.sqrt(variance) > 0.1 };
}
