/** What the published code decides by its importance statistics. */
export interface ColumnUse {
  /** 1 where a column's importance exceeds one half, else 0. */
  important: Uint32Array;
  /** Whether int4_awq_10x_v1 multiplies the tensor by 1.5: mean + standard deviation of the statistics exceed 0.1. */
  enlarge: boolean;
}

/** A tensor with larger column sums stays as it is, because its ranges might exceed float16 after ×1.5. */
const LARGEST_SUM = 2 ** 14;

/**
 * Decides from sums of |w| by column. The published importance comes from calibration of unstated scale. Here it is the mean |w| of a
 * column of the stored matrix: relative to the largest column for the mask, and absolute for ×1.5.
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
