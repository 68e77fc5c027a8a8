/**
 * The int8 products of LLM.int8() (Dettmers et al. 2022, section 2, https://arxiv.org/abs/2208.07339) in plain float64 loops.
 */

const MAX_CODE = 127;
/** Rows whose largest magnitude is below this count as zero. */
const ZERO_THRESHOLD = 2 ** -100;

/** A row as int8, value = code · largest ÷ 127. */
export interface Int8Row {
  codes: Int8Array;
  /** The largest magnitude; 0 for a row that counts as zero. */
  largest: number;
}

/** Rounds a row to int8 by its largest magnitude, half away from zero. float64 is exact for quotients of float32 values. */
export function int8Row(values: ArrayLike<number>): Int8Row {
  const maximum = Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const largest = maximum < ZERO_THRESHOLD ? 0 : maximum;
  const codes = Int8Array.from({ length: values.length }, (_, k) => {
    if (largest === 0) return 0;
    return Math.sign(values[k]) * Math.floor((Math.abs(values[k]) * MAX_CODE) / largest + 0.5);
  });
  return { codes, largest };
}

/** A matrix of int8 codes as in `int8Linear`, without padding. */
export interface ReferenceInt8 {
  rows: number;
  columns: number;
  /** Codes [rows, columns]. */
  codes: ArrayLike<number>;
  /** Steps [rows]: W[n, k] = code · steps[n]. */
  steps: ArrayLike<number>;
  outliers?: { columns: readonly number[]; values: ArrayLike<number> };
  factors?: ArrayLike<number>;
  activations: 'int8' | 'float';
}

/**
 * One row of y = x · Wᵀ. Outlier columns of x are used unchanged; the others are multiplied by `factors` in float32 and, with
 * int8 activations, rounded to int8 by their largest magnitude.
 */
export function int8Product(x: ArrayLike<number>, w: ReferenceInt8): Float64Array {
  const outliers = w.outliers ?? { columns: [], values: [] };
  const isOutlier = new Set(outliers.columns);
  const scaled = Array.from({ length: w.columns }, (_, k) =>
    isOutlier.has(k) ? 0 : Math.fround(x[k] * (w.factors?.[k] ?? 1)),
  );
  const { codes, largest } = int8Row(scaled);
  const quantised = w.activations === 'int8';
  return Float64Array.from({ length: w.rows }, (_, n) => {
    let sum = 0;
    for (let k = 0; k < w.columns; k++)
      sum += (quantised ? codes[k] : scaled[k]) * w.codes[n * w.columns + k];
    let y = sum * w.steps[n] * (quantised ? largest / MAX_CODE : 1);
    outliers.columns.forEach((column, j) => {
      y += x[column] * outliers.values[n * outliers.columns.length + j];
    });
    return y;
  });
}
