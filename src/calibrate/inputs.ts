import type { DenseMatrix } from '../runtime/linear/matrix';

/**
 * What calibration knows of the input X [samples, columns] of a linear layer. Layers that read the same activation share
 * one of these; whoever collected it frees `gram`.
 */
export interface LayerInputs {
  /** Width of the input: the columns of W [out, in]. */
  columns: number;
  /** Tokens (rows of X) behind the statistics. */
  samples: number;
  /** XᵀX ÷ samples, [columns, columns] float32, symmetric. GPTQ's Hessian is 2·samples times this. */
  gram: DenseMatrix;
  /** Mean and largest |x| of every column. */
  meanAbs: Float32Array;
  maxAbs: Float32Array;
}

/** The same on the host, for references in plain float64 loops. */
export interface ReferenceInputs {
  samples: number;
  /** [columns · columns], row-major. */
  gram: ArrayLike<number>;
  meanAbs: ArrayLike<number>;
  maxAbs: ArrayLike<number>;
}
