/**
 * How a linear layer quantises its input [rows, columns] before it multiplies, as LLM.int8() and SmoothQuant do: each row of x ·
 * factors is rounded to 127ths of its largest magnitude, half away from zero, without the outlier columns, which stay float32.
 */
export interface InputRounding {
  /** Factors [columns], none of them 0; absent if all are 1. The decoded weights are those that x itself is multiplied with. */
  factors?: Float32Array;
  /** Outlier columns, ascending. */
  outliers?: Uint32Array;
}
